import { sha256Hex } from '../../core/digest.ts'
import { type Block, type CleanDocument, sourceRange } from '../documents/document.ts'
import { type ChunkSizes, divideUnits, type Range } from './divide.ts'
import { type Unit, unitsOf } from './units.ts'

export interface ChunkOptions extends ChunkSizes {
  /** Headings of these levels always begin a chunk. */
  topLevels: number
  /** Whole sentences of the chunk before it that a chunk repeats, up to so many words. */
  overlapWords: number
}
export const CHUNK_OPTIONS: ChunkOptions = {
  maxWords: 400,
  minWords: 100,
  topLevels: 2,
  overlapWords: 0,
}

export interface Chunk {
  /** 32 hex digits, of the document's id and what the chunk says. */
  id: string
  documentId: string
  /** The headings that hold for the whole chunk, the highest first. */
  headings: readonly string[]
  text: string
  words: number
  /** [start, end) in the document's source. */
  start: number
  end: number
}

/** What an index, a vector and a generator read of a chunk: its headings, then its text. */
export const contentOf = ({ headings, text }: Pick<Chunk, 'headings' | 'text'>): string =>
  headings.length > 0 ? `${headings.join(' > ')}\n\n${text}` : text

/** Sections that no chunk crosses: units from one top heading to the next. */
function* sectionsOf(
  units: readonly Unit[],
  blocks: readonly Block[],
  top: number,
): Generator<Range> {
  let from = 0
  for (const [i, { block }] of units.entries()) {
    const { kind, level } = blocks[block]!
    if (i > from && kind === 'heading' && level <= top) {
      yield [from, i]
      from = i
    }
  }
  if (from < units.length) yield [from, units.length]
}

/** A heading belongs to what is below it, so a range does not end with one. */
function moveHeadings(
  ranges: readonly Range[],
  units: readonly Unit[],
  blocks: readonly Block[],
): Range[] {
  let from = ranges[0]?.[0] ?? 0
  return ranges.flatMap(([, to], i) => {
    let end = to
    const isLast = i === ranges.length - 1
    while (!isLast && end > from && blocks[units[end - 1]!.block]!.kind === 'heading') end--
    const range: Range = [from, end]
    from = end
    return end > range[0] ? [range] : []
  })
}

/** The path that all blocks share. A heading counts as part of its own section. */
function sharedPath(blocks: readonly Block[]): string[] {
  const paths = blocks.map(({ path, level, text }) => [
    ...path.map((heading) => heading.text),
    ...(level > 0 ? [text] : []),
  ])
  const [first = []] = paths
  const length = first.findIndex((text, i) => paths.some((path) => path[i] !== text))
  return length < 0 ? first : first.slice(0, length)
}

/** Units as text: blocks by an empty line. Headings that are in the path are not repeated. */
function textOf(
  range: Range,
  units: readonly Unit[],
  blocks: readonly Block[],
  path: readonly string[],
) {
  const parts: string[] = []
  for (let i = range[0]; i < range[1]; ) {
    const { block, from } = units[i]!
    let to = from
    for (; i < range[1] && units[i]!.block === block; i++) to = units[i]!.to
    const { kind, text, path: above } = blocks[block]!
    if (kind !== 'heading' || above.length >= path.length || path[above.length] !== text)
      parts.push(text.slice(from, to).trim())
  }
  return parts.join('\n\n')
}

/** Begins a range earlier in its section, by whole units of up to `overlapWords`, none of them a heading. */
function overlapped(
  [from, to]: Range,
  first: number,
  units: readonly Unit[],
  blocks: readonly Block[],
  overlapWords: number,
): Range {
  let [start, words] = [from, 0]
  while (start > first && blocks[units[start - 1]!.block]!.kind !== 'heading') {
    words += units[start - 1]!.words
    if (words > overlapWords) break
    start--
  }
  return [start, to]
}

const normalized = (text: string): string => text.normalize('NFC').replace(/\s+/gu, ' ').trim()

/**
 * Divides a document into chunks on its structure: never across headings of the top levels, at lower headings where
 * possible, then between blocks, then between sentences. A chunk's id is a digest of the document's id, the headings,
 * the text with spaces collapsed, and its number among equal ones: an edit changes only the ids of chunks that contain
 * it, and moving a section changes none. Headings are part of it, because they are indexed with the text.
 */
export function chunkDocument(
  documentId: string,
  { blocks }: Pick<CleanDocument, 'blocks'>,
  options: ChunkOptions = CHUNK_OPTIONS,
): Chunk[] {
  const units = unitsOf(blocks)
  const equal = new Map<string, number>()
  const chunks: Chunk[] = []
  for (const section of sectionsOf(units, blocks, options.topLevels)) {
    const ranges = moveHeadings(divideUnits(units, options, section), units, blocks)
    for (const range of ranges) {
      const whole = overlapped(range, section[0], units, blocks, options.overlapWords)
      const inside = units.slice(...whole)
      const own = [...new Set(inside.map(({ block }) => block))].map((block) => blocks[block]!)
      const shared = sharedPath(own)
      const said = textOf(whole, units, blocks, shared)
      const next = blocks[units[range[1]]?.block ?? -1]?.path ?? []
      // A heading without text is in the paths of what is below it; if nothing is, it is a text.
      if (said === '' && shared.every((heading, i) => next[i]?.text === heading)) continue
      const [path, text] = said === '' ? [shared.slice(0, -1), shared.at(-1)!] : [shared, said]
      const digest = sha256Hex(JSON.stringify([documentId, path, normalized(text)]))
      const ordinal = equal.get(digest) ?? 0
      equal.set(digest, ordinal + 1)
      const [first, last] = [inside[0]!, inside.at(-1)!]
      chunks.push({
        id: sha256Hex(`${digest} ${ordinal}`).slice(0, 32),
        documentId,
        headings: path,
        text,
        words: inside.reduce((sum, { words }) => sum + words, 0),
        start: sourceRange(blocks[first.block]!, first.from, first.to)[0],
        end: sourceRange(blocks[last.block]!, last.from, last.to)[1],
      })
    }
  }
  return chunks
}
