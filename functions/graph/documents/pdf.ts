import { InvalidInput } from '../../core/errors.ts'
import type { BlockBuilder } from './block-builder.ts'
import { type PdfLimits, type PdfLine, readPdfLines } from './pdf-lines.ts'

/** A text layer with fewer letters a page is page numbers and stamps on images. */
const MIN_LETTERS = 16
/** From this many pages on, a first or last line that half of them share is a running title. */
const MIN_RUNNING_PAGES = 4
/** A line this much larger than the text is a heading. */
const HEADING_RATIO = 1.15
const MAX_HEADING = 200
const MAX_LEVELS = 4
/** A gap this much larger than the usual one begins a paragraph. */
const GAP_RATIO = 1.3

const count = (values: readonly number[], weights: readonly number[]): Map<number, number> => {
  const counts = new Map<number, number>()
  for (const [i, value] of values.entries())
    counts.set(value, (counts.get(value) ?? 0) + weights[i]!)
  return counts
}
/** The value with the greatest weight, then the lesser one. */
const modeOf = (values: readonly number[], weights: readonly number[]): number =>
  [...count(values, weights)].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0] ?? 0

const runningForm = ({ text }: PdfLine): string =>
  text.replace(/\d+/g, '#').replace(/\s+/gu, ' ').trim()

/** Without first and last lines that repeat on more than half of the pages. Page numbers are equal. */
function dropRunning(lines: readonly PdfLine[], pages: number, builder: BlockBuilder): PdfLine[] {
  if (pages < MIN_RUNNING_PAGES) return [...lines]
  const isEdge = (i: number): boolean =>
    lines[i - 1]?.page !== lines[i]!.page || lines[i + 1]?.page !== lines[i]!.page
  const counts = new Map<string, number>()
  for (const [i, line] of lines.entries())
    if (isEdge(i)) counts.set(runningForm(line), (counts.get(runningForm(line)) ?? 0) + 1)
  return lines.filter((line, i) => {
    const isRunning = isEdge(i) && counts.get(runningForm(line))! > pages / 2
    if (isRunning) builder.drop('running title')
    return !isRunning
  })
}

/** Sizes of letters that are headings, by their level. */
function headingLevels(lines: readonly PdfLine[], body: number): Map<number, number> {
  const sizes = lines.filter(({ size }) => size >= HEADING_RATIO * body).map(({ size }) => size)
  return new Map(
    [...new Set(sizes)].sort((a, b) => b - a).map((size, i) => [size, Math.min(i + 1, MAX_LEVELS)]),
  )
}

function refuseImages(lines: readonly PdfLine[], pages: number): void {
  const letters = lines.reduce((sum, { text }) => sum + (text.match(/\p{L}/gu)?.length ?? 0), 0)
  if (letters > 0 && (pages < MIN_RUNNING_PAGES || letters >= MIN_LETTERS * pages)) return
  throw new InvalidInput(
    `Got a PDF of ${pages} pages with ${letters === 0 ? 'no text layer' : `${letters} letters of text`} (scanned images?), expected at least ${MIN_LETTERS} letters a page. The document is left out; recognize its text first.`,
  )
}

/** Whether the word at the end of a line goes on in the next one. */
const isHyphenated = (text: string, next: string): boolean =>
  /\p{Ll}[-\u2010]$/u.test(text) && /^\p{Ll}/u.test(next)

/**
 * Reads the text layer of a PDF and returns it: a line for each line, pages separated by form feeds. Headings are
 * lines in larger letters, paragraphs are separated by larger gaps. Throws InvalidInput for a PDF without text.
 */
export async function readPdf(
  bytes: Uint8Array,
  builder: BlockBuilder,
  limits: PdfLimits,
): Promise<string> {
  const { lines: all, pages, title } = await readPdfLines(bytes, limits)
  const lines = dropRunning(all, pages, builder)
  refuseImages(lines, pages)
  builder.title = title
  const weights = lines.map(({ text }) => text.length)
  const body = modeOf(
    lines.map(({ size }) => size),
    weights,
  )
  const gaps = lines.filter(({ size, gap }) => size === body && gap > 0)
  const usual = modeOf(
    gaps.map(({ gap }) => Math.round(gap)),
    gaps.map(() => 1),
  )
  const levels = headingLevels(lines, body)
  let source = ''
  let close: (() => void) | null = null
  let open = ''
  let isOneWord = false
  for (const [i, line] of lines.entries()) {
    const before = lines[i - 1]
    if (before) source += before.page === line.page ? '\n' : '\f'
    const level = line.text.length <= MAX_HEADING ? (levels.get(line.size) ?? 0) : 0
    const element = level > 0 ? `h${level}` : 'p'
    const isApart = line.gap > GAP_RATIO * Math.max(usual, line.size)
    if (element !== open || isApart) {
      close?.()
      close = builder.open(element)
      open = element
    } else if (!isOneWord) builder.text('\n', source.length - 1, source.length)
    const next = lines[i + 1]
    isOneWord = next !== undefined && isHyphenated(line.text, next.text)
    const text = isOneWord ? line.text.slice(0, -1) : line.text
    builder.text(text, source.length, source.length + text.length)
    source += line.text
  }
  close?.()
  return source
}
