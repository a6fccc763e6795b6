import { type CleanDocument, sourceRange } from '../../documents/document.ts'
import type { ReadableDocument } from './documents.ts'

/** Between blocks: names and patterns do not cross a paragraph. */
const BETWEEN_BLOCKS = '\n\n'

/** The number of the last value that is at most a limit, in an ascending list that begins with 0. */
function lastAtMost(ascending: readonly number[], limit: number): number {
  let [low, high] = [0, ascending.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (ascending[middle]! <= limit) low = middle
    else high = middle - 1
  }
  return low
}

/** A clean document as one text for the extractor. Offsets of its claims are those of the source that was cleaned. */
export function readableDocument(
  id: string,
  { title, blocks }: CleanDocument,
  knowableMs: number,
): ReadableDocument {
  const starts: number[] = []
  let length = 0
  for (const { text } of blocks) {
    starts.push(length)
    length += text.length + BETWEEN_BLOCKS.length
  }
  const headings = blocks.flatMap(({ kind, level, text }, n) =>
    kind === 'heading' && text.length > 0
      ? [{ level, fromChar: starts[n]!, throughChar: starts[n]! + text.length }]
      : [],
  )
  return {
    ...{ id, title, headings, knowableMs },
    text: blocks.map(({ text }) => text).join(BETWEEN_BLOCKS),
    toSource(fromChar, throughChar) {
      const block = lastAtMost(starts, fromChar)
      return sourceRange(blocks[block]!, fromChar - starts[block]!, throughChar - starts[block]!)
    },
  }
}
