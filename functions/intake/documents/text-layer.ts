import { UnreadableDocument } from './document-error.ts'
import type { DocumentLimits } from './document-limits.ts'
import { type PdfLine, readPdfLines } from './pdf-lines.ts'

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
function dropRunning(lines: readonly PdfLine[], pages: number): PdfLine[] {
  if (pages < MIN_RUNNING_PAGES) return [...lines]
  const isEdge = (i: number): boolean =>
    lines[i - 1]?.page !== lines[i]!.page || lines[i + 1]?.page !== lines[i]!.page
  const counts = new Map<string, number>()
  for (const [i, line] of lines.entries())
    if (isEdge(i)) counts.set(runningForm(line), (counts.get(runningForm(line)) ?? 0) + 1)
  return lines.filter((line, i) => !isEdge(i) || counts.get(runningForm(line))! <= pages / 2)
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
  throw new UnreadableDocument(
    'no_text_layer',
    `got a PDF of ${pages} ${pages === 1 ? 'page' : 'pages'} with ${letters === 0 ? 'no text layer' : `${letters} letters of text`} (scanned images?), expected at least ${MIN_LETTERS} letters a page: recognize its text (ocrmypdf does), and drop the result`,
  )
}

/** The usual gap between two lines of the text, rounded to points. */
function usualGap(lines: readonly PdfLine[], body: number): number {
  const gaps = lines.filter(({ size, gap }) => size === body && gap > 0)
  return modeOf(
    gaps.map(({ gap }) => Math.round(gap)),
    gaps.map(() => 1),
  )
}

/**
 * The text layer of a PDF, a line for each line: paragraphs, which larger gaps separate, by empty lines, headings, which
 * are in larger letters, after number signs as in Markdown, pages by form feeds. Titles and page numbers that run over
 * most pages are left out. Throws UnreadableDocument for a PDF that does not open, has no text, or is too large.
 */
export async function readTextLayer(
  bytes: Uint8Array,
  limits: Pick<DocumentLimits, 'maxPages' | 'maxCharacters'>,
): Promise<{ title: string | null; text: string }> {
  const { lines: all, pages, title } = await readPdfLines(bytes, limits)
  const lines = dropRunning(all, pages)
  refuseImages(lines, pages)
  const body = modeOf(
    lines.map(({ size }) => size),
    lines.map(({ text }) => text.length),
  )
  const usual = usualGap(lines, body)
  const levels = headingLevels(lines, body)
  const parts: string[] = []
  let open = 0
  for (const [i, { text, size, gap, page }] of lines.entries()) {
    const level = text.length <= MAX_HEADING ? (levels.get(size) ?? 0) : 0
    const isNewPage = i > 0 && lines[i - 1]!.page !== page
    const isApart = level !== open || gap > GAP_RATIO * Math.max(usual, size)
    if (i > 0) parts.push(isNewPage ? '\f' : isApart ? '\n\n' : '\n')
    const begins = i === 0 || isNewPage || isApart
    if (level > 0 && begins) parts.push('#'.repeat(level), ' ')
    // A line that looks like a heading but is none.
    else if (level === 0 && text.startsWith('#')) parts.push(' ')
    parts.push(text)
    open = level
  }
  return { title, text: parts.join('') }
}
