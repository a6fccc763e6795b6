import { UnreadableDocument } from './document-error.ts'
import type { DocumentLimits } from './document-limits.ts'

/** A line of a page's text layer. Lengths are in points. */
export interface PdfLine {
  page: number
  text: string
  /** Height of the letters that most of the line has. */
  size: number
  /** Distance from the line above on the same page; 0 for the first one. */
  gap: number
}

interface Item {
  str: string
  transform: number[]
  height: number
  hasEOL: boolean
}

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
    // A control character is no end of a line or page of the layer.
    line.text += str.replace(/[\n\r\f]/g, ' ')
    if (str.trim() !== '') line.sizes.set(size, (line.sizes.get(size) ?? 0) + str.length)
    if (line.sizes.size === 1) line.y = y
    if (hasEOL) flush()
  }
  flush()
  return lines
}

const unreadable = (found: string, cause?: unknown): UnreadableDocument =>
  new UnreadableDocument(
    'unreadable_pdf',
    `got ${found}, expected one that opens for all: save it again (qpdf --decrypt removes encryption)`,
    { cause },
  )
/** PDF.js names what is wrong with a file. */
function refusal(cause: unknown): UnreadableDocument {
  const { name, message } = cause as Error
  return name === 'PasswordException'
    ? unreadable('a PDF with a password', cause)
    : unreadable(`a broken PDF (${message})`, cause)
}

/** PDF.js is 1.6 MB of code, so it is loaded only for a PDF. */
async function openPdf(bytes: Uint8Array) {
  const { getDocumentProxy } = await import('unpdf')
  // PDF.js takes the buffer away from its owner, so it gets a copy.
  return getDocumentProxy(new Uint8Array(bytes), {
    useSystemFonts: false,
    disableFontFace: true,
    stopAtErrors: false,
    verbosity: 0,
  }).catch((cause: unknown) => {
    throw refusal(cause)
  })
}

/** What a PDF's text layer says. */
export interface PdfText {
  lines: PdfLine[]
  pages: number
  title: string | null
}

/**
 * The lines of a PDF's text layer, page by page; a page is freed before the next one is read. No script, font or image
 * of the file is loaded. Throws UnreadableDocument for a
 * file that does not open, or that is larger than the limits.
 */
export async function readPdfLines(
  bytes: Uint8Array,
  { maxPages, maxCharacters }: Pick<DocumentLimits, 'maxPages' | 'maxCharacters'>,
): Promise<PdfText> {
  const pdf = await openPdf(bytes)
  try {
    const pages = pdf.numPages
    if (pages > maxPages)
      throw new UnreadableDocument(
        'too_large',
        `got a PDF of ${pages} pages, expected at most ${maxPages}: split it by chapters, and drop those`,
      )
    const info = (await pdf.getMetadata()).info as { Title?: string; EncryptFilterName?: string }
    // What its streams unpack to is not known before they are decrypted.
    if (info.EncryptFilterName) throw unreadable('an encrypted PDF')
    const lines: PdfLine[] = []
    let characters = 0
    for (let number = 1; number <= pages; number++) {
      const page = await pdf.getPage(number)
      const { items } = await page.getTextContent()
      for (const line of linesOf(
        items.flatMap((item) => ('str' in item ? [item] : [])),
        number,
      )) {
        characters += line.text.length + 1
        lines.push(line)
      }
      page.cleanup()
      if (characters > maxCharacters)
        throw new UnreadableDocument(
          'too_large',
          `got more than ${maxCharacters} characters of text by page ${number} of a PDF, expected at most that many: split it by chapters, and drop those`,
        )
    }
    return { lines, pages, title: info.Title?.trim() || null }
  } catch (cause) {
    throw cause instanceof UnreadableDocument ? cause : refusal(cause)
  } finally {
    await pdf.loadingTask.destroy()
  }
}
