import type { DocumentFormat } from '../../contract/documents.ts'

export type { DocumentFormat }

export type BlockKind = 'heading' | 'paragraph' | 'list' | 'table' | 'code'

/**
 * Characters of a block that come from one range of the source. As many characters as in the range: each comes
 * from one. Otherwise (a decoded entity, collapsed spaces, a separator of cells) all come from the whole range.
 */
export interface Run {
  /** Offset in the block's text. */
  at: number
  length: number
  /** [start, end) in the source. */
  start: number
  end: number
}

export interface Heading {
  /** 1 is the highest. */
  level: number
  text: string
}

/** A part of a document that is one thing to a reader. Items and rows are lines; cells are separated by ` | `. */
export interface Block {
  kind: BlockKind
  /** The headings above, the highest first; for a heading, without itself. */
  path: readonly Heading[]
  /** Of a heading; otherwise 0. */
  level: number
  text: string
  /** In order, without gaps: they cover the text. */
  runs: readonly Run[]
}

/** A document without markup. Offsets are UTF-16 code units of `source`. */
export interface CleanDocument {
  format: DocumentFormat
  title: string | null
  /** The text that was read: the body itself, or the text layer of a PDF, its pages separated by form feeds. */
  source: string
  blocks: Block[]
  /** What was left out: elements by name or by reason, and characters that nobody sees. */
  dropped: Record<string, number>
}

/** The last of the runs that begin at or before an offset. */
function runAt(runs: readonly Run[], offset: number): Run {
  let [low, high] = [0, runs.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (runs[middle]!.at <= offset) low = middle
    else high = middle - 1
  }
  return runs[low]!
}

const isExact = (run: Run): boolean => run.length === run.end - run.start

/** The range [start, end) of the source that the characters [from, to) of a block come from. Needs from < to. */
export function sourceRange({ runs }: Block, from: number, to: number): [number, number] {
  const first = runAt(runs, from)
  const last = runAt(runs, to - 1)
  const start = isExact(first) ? first.start + (from - first.at) : first.start
  const end = isExact(last) ? last.start + (to - last.at) : last.end
  return [start, end]
}
