import { InvalidInput } from '../../core/errors.ts'
import { MAX_FIELDS } from './dictionary.ts'
import { checkCount, DocumentSections } from './document-sections.ts'
import { Inverter } from './inverter.ts'
import type { EncodedSegment, IndexedDocument, SegmentShape } from './types.ts'
import { sortUtf8, Utf8Text } from './utf8.ts'

export type { EncodedSegment }

type Content = NonNullable<IndexedDocument['content']>

/** Refuses names that repeat, and more fields than a byte counts. */
export function checkShape({ fields, filters, numbers }: SegmentShape): void {
  for (const names of [fields, filters, numbers])
    if (new Set(names).size < names.length)
      throw new InvalidInput(`shape of a segment: got ${names.join(', ')}, expected distinct names`)
  if (fields.length > MAX_FIELDS)
    throw new InvalidInput(
      `shape of a segment: got ${fields.length} fields, expected at most ${MAX_FIELDS}`,
    )
}

const MAX_VERSION = 2 ** 51

function checkVersion({ id, version: { knowableMs, row } }: IndexedDocument): void {
  for (const [name, value] of Object.entries({ knowableMs, row }))
    if (!(Number.isInteger(value) && value >= 0 && value <= MAX_VERSION))
      throw new InvalidInput(
        `document ${JSON.stringify(id)}: got ${name} ${value}, expected an integer from 0 to 2^51`,
      )
}

/** Refuses content that the segment would lose. */
function checkContent(content: Content, shape: SegmentShape, id: string): void {
  for (const part of ['fields', 'filters', 'numbers'] as const)
    for (const name in content[part])
      if (!shape[part].includes(name))
        throw new InvalidInput(
          `document ${JSON.stringify(id)}: got ${JSON.stringify(name)} in ${part}, expected ${shape[part].join(', ') || 'none'}`,
        )
  for (const [name, value] of Object.entries(content.numbers))
    if (!Number.isFinite(value))
      throw new InvalidInput(
        `document ${JSON.stringify(id)}: got ${value} for ${JSON.stringify(name)}, expected a finite number`,
      )
}

/** The documents in the order of their ids' UTF-8 bytes. */
function sortById(documents: readonly IndexedDocument[]): IndexedDocument[] {
  const byId = new Map<string, IndexedDocument>()
  for (const document of documents) {
    const { id } = document
    if (byId.has(id))
      throw new InvalidInput(`document ${JSON.stringify(id)}: got it twice, expected distinct ids`)
    if (!id.isWellFormed())
      throw new InvalidInput(
        `document ${JSON.stringify(id)}: got a lone surrogate, expected an id that UTF-8 can write`,
      )
    byId.set(id, document)
  }
  return sortUtf8([...byId.keys()]).map((id) => byId.get(id)!)
}

const GONE = { fields: {}, filters: {}, numbers: {}, stored: null }
const NO_TOKENS = [] as const
const NO_VALUES: readonly string[] = []

/**
 * Encodes documents as a segment. The same documents give the same bytes, in any order. Its own memory:
 * about 16 bytes a token, each term once, and the two objects. Throws InvalidInput for two documents of
 * one id, a name that the shape lacks, a number that is not finite, positions that descend, or 2^31
 * documents.
 */
export function encodeSegment(
  shape: SegmentShape,
  documents: readonly IndexedDocument[],
): EncodedSegment {
  checkShape(shape)
  checkCount(documents.length)
  const sections = new DocumentSections(shape, documents.length)
  const inverter = new Inverter(shape.fields.length)
  const utf8 = new Utf8Text()
  for (const document of sortById(documents)) {
    const { id, version, content } = document
    checkVersion(document)
    if (content) checkContent(content, shape, id)
    const { fields, filters, numbers, stored } = content ?? GONE
    const tokens = shape.fields.map((field) => own(fields, field) ?? NO_TOKENS)
    utf8.set(id)
    sections.add(utf8.bytes, utf8.length, {
      version,
      lengths: tokens.map(({ length }) => length),
      filters: shape.filters.map((name) => own(filters, name) ?? NO_VALUES),
      numbers: shape.numbers.map((name) => own(numbers, name) ?? Number.NaN),
      stored,
    })
    for (const [field, list] of tokens.entries()) inverter.addTokens(field, list, id)
    inverter.endDocument()
  }
  const fields = sections.listFields()
  return sections.encode(fields, inverter.encode(fields))
}

/** A name such as `constructor` is no one's property unless it is their own. */
const own = <T>(values: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(values, name) ? values[name] : undefined
