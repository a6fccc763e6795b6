import type { BlockBuilder } from './block-builder.ts'

const BULLET = /^\s*(?:[-*•–]|\d{1,3}[.)])\s+\S/
const UNDERLINE = /^(?:={3,}|-{3,})\s*$/
const MAX_HEADING = 100

interface Line {
  text: string
  start: number
}

/** Whether a paragraph goes on after what is between two lines: their source, without the lines. */
type GoesOn = (last: Line, between: string, next: Line) => boolean

/** A line end of its own between two lines ends the paragraph, and so does a page. */
const goesOnPage: GoesOn = (_, between) =>
  between.replaceAll('\r\n', '\n').length <= 1 && between !== '\f'

function* paragraphsOf(source: string, goesOn: GoesOn): Generator<Line[]> {
  let lines: Line[] = []
  for (const { 0: text, index } of source.matchAll(/[^\r\n\f]+/g)) {
    if (!/\S/u.test(text)) continue
    const last = lines.at(-1)
    const next = { text, start: index }
    if (last && !goesOn(last, source.slice(last.start + last.text.length, index), next)) {
      yield lines
      lines = []
    }
    lines.push(next)
  }
  if (lines.length > 0) yield lines
}

/** The level of the heading that a paragraph is: underlined, or a short line in capitals. 0: it is none. */
function headingLevel(lines: readonly Line[]): number {
  const [first, second] = lines
  if (first!.text.length > MAX_HEADING) return 0
  if (lines.length === 2 && UNDERLINE.test(second!.text))
    return second!.text.startsWith('=') ? 1 : 2
  const letters = first!.text.match(/\p{L}/gu) ?? []
  const isCapital = letters.length > 2 && letters.every((letter) => /\p{Lu}/u.test(letter))
  return lines.length === 1 && isCapital ? 2 : 0
}

/** Reads text without markup: paragraphs between empty lines, lists by bullets, headings by underlines or capitals. */
export function readPlain(source: string, builder: BlockBuilder): void {
  for (const lines of paragraphsOf(source, goesOnPage)) {
    const level = headingLevel(lines)
    const isList = level === 0 && lines.some(({ text }) => BULLET.test(text))
    const close = builder.open(level > 0 ? `h${level}` : isList ? 'ul' : 'p')
    let closeItem: (() => void) | null = null
    for (const { text, start } of level > 0 ? lines.slice(0, 1) : lines) {
      if (isList && BULLET.test(text)) {
        closeItem?.()
        closeItem = builder.open('li')
      }
      if (start > 0) builder.text('\n', start - 1, start)
      builder.text(text, start, start + text.length)
    }
    closeItem?.()
    close()
  }
}

const NUMBER_SIGNS = /^(#{1,6}) +(?=\S)/

/** A paragraph goes on on the next page, unless a sentence or a heading ends before, or a heading or item begins. */
const goesOnLayer: GoesOn = (last, between, next) =>
  between !== '\f'
    ? goesOnPage(last, between, next)
    : !/[.!?:;…。！？]["'”’)\]]*\s*$/u.test(last.text) &&
      ![last, next].some(({ text }) => NUMBER_SIGNS.test(text) || BULLET.test(text))

/** Whether the word at the end of a line goes on in the next one. */
const isHyphenated = (text: string, next: string | undefined): boolean =>
  next !== undefined && /\p{Ll}[-\u2010]$/u.test(text) && /^\p{Ll}/u.test(next)

/** Reads the text layer of a PDF as intake writes it: as plain text, with headings after number signs, and divided words. */
export function readTextLayer(source: string, builder: BlockBuilder): void {
  for (const lines of paragraphsOf(source, goesOnLayer)) {
    const signs = NUMBER_SIGNS.exec(lines[0]!.text)
    const level = signs ? signs[1]!.length : 0
    const close = builder.open(level > 0 ? `h${level}` : 'p')
    let isOneWord = true
    for (const [i, { text: line, start }] of lines.entries()) {
      const from = i === 0 ? (signs?.[0].length ?? 0) : 0
      if (!isOneWord) builder.text('\n', start - 1, start)
      isOneWord = isHyphenated(line, lines[i + 1]?.text)
      const text = line.slice(from, isOneWord ? -1 : undefined)
      builder.text(text, start + from, start + from + text.length)
    }
    close()
  }
}
