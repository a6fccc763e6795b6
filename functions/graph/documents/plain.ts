import type { BlockBuilder } from './block-builder.ts'

const BULLET = /^\s*(?:[-*•–]|\d{1,3}[.)])\s+\S/
const UNDERLINE = /^(?:={3,}|-{3,})\s*$/
const MAX_HEADING = 100

interface Line {
  text: string
  start: number
}

function* paragraphsOf(source: string): Generator<Line[]> {
  let lines: Line[] = []
  for (const { 0: text, index } of source.matchAll(/[^\r\n\f]+|\r\n?|\n|\f/g)) {
    if (/^[\r\n]/.test(text)) continue
    if (/\S/u.test(text)) {
      // A line end of its own between two lines ends the paragraph.
      const last = lines.at(-1)
      const between = last ? source.slice(last.start + last.text.length, index) : ''
      if (between.replaceAll('\r\n', '\n').length > 1 || between === '\f') {
        yield lines
        lines = []
      }
      lines.push({ text, start: index })
    }
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
  for (const lines of paragraphsOf(source)) {
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
