import { InvalidInput } from '../../core/errors.ts'
import { MAX_FIELDS } from './dictionary.ts'
import { checkCount, DocumentSections } from './document-sections.ts'
import { Inverter } from './inverter.ts'
import type { EncodedSegment, FieldTerms, IndexedDocument, SegmentShape } from './types.ts'

import { sortUtf8, Utf8Text } from './utf8.ts'

export type { EncodedSegment }

type Document = IndexedDocument<FieldTerms>

const PARTS = ['fields', 'filters', 'numbers'] as const
type ShapeNames = Readonly<Record<(typeof PARTS)[number], ReadonlySet<string>>>

const namesOf = ({ fields, filters, numbers }: SegmentShape): ShapeNames => ({
  fields: new Set(fields),
  filters: new Set(filters),
  numbers: new Set(numbers),
})

/** Refuses names that repeat, and more fields than a byte counts. */
function checkShape({ fields, filters, numbers }: SegmentShape): void {
  for (const names of [fields, filters, numbers])
    if (new Set(names).size < names.length)
      throw new InvalidInput(`shape of a segment: got ${names.join(', ')}, expected distinct names`)
  if (fields.length > MAX_FIELDS)
    throw new InvalidInput(
      `shape of a segment: got ${fields.length} fields, expected at most ${MAX_FIELDS}`,
    )
}

const MAX_VERSION = 2 ** 51
const isCount = (value: number): boolean =>
  Number.isInteger(value) && value >= 0 && value <= MAX_VERSION

/** Refuses what the segment would lose. */
function checkDocument({ id, version, content }: Document, shape: ShapeNames): void {
  const refuse = (got: string, expected: string): never => {
    throw new InvalidInput(`document ${JSON.stringify(id)}: got ${got}, expected ${expected}`)
  }
  const { knowableMs, row } = version
  if (!isCount(knowableMs) || !isCount(row))
    refuse(`knowableMs ${knowableMs} and row ${row}`, 'integers from 0 to 2^51')
  if (!content) return
  for (const part of PARTS)
    for (const name in content[part])
      if (!shape[part].has(name))
        refuse(`${JSON.stringify(name)} in ${part}`, [...shape[part]].join(', ') || 'none')
  for (const name in content.numbers)
    if (!Number.isFinite(content.numbers[name]))
      refuse(`${content.numbers[name]} for ${JSON.stringify(name)}`, 'a finite number')
}

/** The documents in the order of their ids' UTF-8 bytes. */
function sortById(documents: readonly Document[]): Document[] {
  const byId = new Map<string, Document>()
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

const NO_VALUES: readonly string[] = []

/** Takes the terms of all documents. */
function invert(shape: SegmentShape, documents: readonly Document[]): Inverter {
  const names = namesOf(shape)
  const inverter = new Inverter(shape.fields.length)
  const terms = new Array<FieldTerms | undefined>(shape.fields.length)
  for (const document of documents) {
    checkDocument(document, names)
    const fields = document.content?.fields
    for (let field = 0; field < terms.length; field++)
      terms[field] = own(fields, shape.fields[field]!)
    inverter.addDocument(terms, document.id)
  }
  return inverter
}

/** Takes what else there is of all documents. One row serves them all. */
function collect(
  shape: SegmentShape,
  documents: readonly Document[],
  inverter: Inverter,
): DocumentSections {
  const { fields, filters, numbers } = shape
  const sections = new DocumentSections(shape, documents.length)
  const utf8 = new Utf8Text()
  const row = {
    lengths: new Array<number>(fields.length),
    filters: new Array<readonly string[]>(filters.length),
    numbers: new Array<number>(numbers.length),
  }
  for (const { id, version, content } of documents) {
    for (let i = 0; i < fields.length; i++) row.lengths[i] = inverter.lengthOf(i, sections.count)
    for (let i = 0; i < filters.length; i++)
      row.filters[i] = own(content?.filters, filters[i]!) ?? NO_VALUES
    for (let i = 0; i < numbers.length; i++)
      row.numbers[i] = own(content?.numbers, numbers[i]!) ?? Number.NaN
    utf8.set(id)
    sections.add(utf8.bytes, utf8.length, { version, ...row, stored: content?.stored ?? null })
  }
  return sections
}

/**
 * Encodes documents as a segment. The same documents give the same bytes, in any order. Its own memory:
 * about 16 bytes a token, each term once, and the two objects. Throws InvalidInput for two documents of
 * one id, a name that the shape lacks, a number that is not finite, positions that descend, or 2^31
 * documents.
 */
export function encodeSegment(shape: SegmentShape, documents: readonly Document[]): EncodedSegment {
  checkShape(shape)
  checkCount(documents.length)
  const sorted = sortById(documents)
  // One after the other, because compression would displace the table of terms from the processor's cache.
  const inverter = invert(shape, sorted)
  const sections = collect(shape, sorted, inverter)
  const fields = sections.listFields()
  return sections.encode(fields, inverter.encode(fields))
}

/** A name such as `constructor` counts only where it is the object's own. */
const own = <T>(values: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  values && Object.hasOwn(values, name) ? values[name] : undefined
