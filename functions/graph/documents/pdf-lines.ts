import { getDocumentProxy } from 'unpdf'
import { InvalidInput } from '../../core/errors.ts'

/** A line of a page's text layer. Lengths are in points. */
export interface PdfLine {
  page: number
  text: string
  /** Height of the letters that most of the line has. */
  size: number
  /** Distance from the line above on the same page; 0 for the first one. */
  gap: number
}

export interface PdfLimits {
  maxPages: number
  /** Of the whole text layer. */
  maxCharacters: number
}

interface Item {
  str: string
  transform: number[]
  height: number
  hasEOL: boolean
}

const isItem = (item: object): item is Item => 'str' in item

/** Items of one page in the order of the file, joined to lines. */
function linesOf(items: readonly Item[], page: number): PdfLine[] {
  const lines: PdfLine[] = []
  let line: { text: string; sizes: Map<number, number>; y: number } | null = null
  let above: number | null = null
  const flush = (): void => {
    if (line && /\S/u.test(line.text)) {
      const size = [...line.sizes].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0]![0]
      lines.push({
        page,
        text: line.text,
        size,
        gap: above === null ? 0 : Math.abs(above - line.y),
      })
      above = line.y
    }
    line = null
  }
  for (const { str, transform, height, hasEOL } of items) {
    const y = transform[5] ?? 0
    const size = Math.round(2 * (height || Math.abs(transform[3] ?? 0))) / 2
    if (line && str.trim() !== '' && Math.abs(y - line.y) > Math.max(2, size / 2)) flush()
    line ??= { text: '', sizes: new Map(), y }
    line.text += str
    if (str.trim() !== '') line.sizes.set(size, (line.sizes.get(size) ?? 0) + str.length)
    if (line.sizes.size === 1) line.y = y
    if (hasEOL) flush()
  }
  flush()
  return lines
}

/** PDF.js names what is wrong with a file. */
function refusal(cause: unknown): InvalidInput {
  const { name, message } = cause as Error
  const found = name === 'PasswordException' ? 'a PDF with a password' : `a broken PDF (${message})`
  return new InvalidInput(`Got ${found}, expected one that opens. The document is left out.`, {
    cause,
  })
}

/**
 * The lines of a PDF's text layer, page by page; a page is freed before the next one is read. No script, font or image
 * of the file is loaded. Throws InvalidInput for a file that does not open, or that is larger than the limits.
 */
export async function readPdfLines(
  bytes: Uint8Array,
  { maxPages, maxCharacters }: PdfLimits,
): Promise<{ lines: PdfLine[]; pages: number; title: string | null }> {
  // PDF.js takes the buffer away from its owner, so it gets a copy.
  const pdf = await getDocumentProxy(new Uint8Array(bytes), {
    isEvalSupported: false,
    useSystemFonts: false,
    disableFontFace: true,
    stopAtErrors: false,
    verbosity: 0,
  }).catch((cause: unknown) => {
    throw refusal(cause)
  })
  try {
    const pages = pdf.numPages
    if (pages > maxPages)
      throw new InvalidInput(
        `Got a PDF of ${pages} pages, expected at most ${maxPages}. The document is left out; split it.`,
      )
    const lines: PdfLine[] = []
    let characters = 0
    for (let number = 1; number <= pages; number++) {
      const page = await pdf.getPage(number)
      const { items } = await page.getTextContent()
      for (const line of linesOf(items.filter(isItem), number)) {
        characters += line.text.length
        lines.push(line)
      }
      page.cleanup()
      if (characters > maxCharacters)
        throw new InvalidInput(
          `Got more than ${maxCharacters} characters by page ${number} of a PDF, expected at most that many. The document is left out; split it.`,
        )
    }
    const info = (await pdf.getMetadata().catch(() => null))?.info as { Title?: string } | undefined
    return { lines, pages, title: info?.Title?.trim() || null }
  } finally {
    await pdf.loadingTask.destroy()
  }
}
