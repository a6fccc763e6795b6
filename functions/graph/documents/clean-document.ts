import { InvalidInput } from '../../core/errors.ts'
import { BlockBuilder } from './block-builder.ts'
import type { CleanDocument, DocumentFormat } from './document.ts'
import { htmlReader } from './html.ts'
import { isTooDense, readMarkdown } from './markdown.ts'
import { readPdf } from './pdf.ts'
import { readPlain } from './plain.ts'

/** Sizes beyond which a document is refused. */
export interface DocumentLimits {
  /** Bytes of a PDF. */
  maxBytes: number
  /** Characters of a text, and of the text layer of a PDF. */
  maxCharacters: number
  maxPages: number
}
export const DOCUMENT_LIMITS: DocumentLimits = {
  maxBytes: 32 * 1024 * 1024,
  maxCharacters: 4 * 1024 * 1024,
  maxPages: 5000,
}

const PDF_MAGIC = '%PDF-'
/** PDF 1.7 (ISO 32000-1), annex H.3.4.1: readers accept the magic within the first 1,024 bytes. */
const PDF_MAGIC_WITHIN = 1024

const headOf = (body: string | Uint8Array): string =>
  typeof body === 'string'
    ? body.slice(0, PDF_MAGIC_WITHIN)
    : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString(
        'latin1',
        0,
        PDF_MAGIC_WITHIN,
      )

/** The format of a body by its first characters, then by its name's extension. Plain text where both are silent. */
export function sniffFormat(body: string | Uint8Array, name = ''): DocumentFormat {
  const head = headOf(body)
  if (head.includes(PDF_MAGIC)) return 'pdf'
  if (/^\uFEFF?\s*(?:<!--[\s\S]*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b/i.test(head))
    return 'html'
  if (/\.(?:md|markdown|mdx)$/i.test(name)) return 'markdown'
  return /\.x?html?$/i.test(name) ? 'html' : 'plain'
}

function textOf(body: string | Uint8Array, maxCharacters: number): string {
  const tooLong = (length: number): InvalidInput =>
    new InvalidInput(
      `Got a text of ${length} characters, expected at most ${maxCharacters}. The document is left out; split it.`,
    )
  if (typeof body === 'string') {
    if (body.length > maxCharacters) throw tooLong(body.length)
    return body
  }
  // No text has more characters than UTF-8 bytes, and none has more than four bytes a character.
  if (body.byteLength > 4 * maxCharacters) throw tooLong(body.byteLength)
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
    if (text.length > maxCharacters) throw tooLong(text.length)
    return text
  } catch (cause) {
    if (cause instanceof InvalidInput) throw cause
    throw new InvalidInput(
      'Got bytes that are no UTF-8 text, expected UTF-8. The document is left out.',
      { cause },
    )
  }
}

/** Markup that is nested too deeply ends in Node's own stack. */
function refuseDepth(cause: unknown): never {
  if (!(cause instanceof RangeError)) throw cause
  throw new InvalidInput(
    'Got markup that is nested too deeply to read. The document is left out.',
    {
      cause,
    },
  )
}

/** Reads a text as blocks. */
function readText(source: string, format: Exclude<DocumentFormat, 'pdf'>, builder: BlockBuilder) {
  try {
    if (format === 'markdown' && !isTooDense(source)) readMarkdown(source, builder)
    else if (format !== 'html') {
      if (format === 'markdown') builder.drop('markup too dense to read')
      readPlain(source, builder)
    } else {
      const html = htmlReader(builder)
      html.read(source, 0)
      html.end()
    }
  } catch (cause) {
    refuseDepth(cause)
  }
}

function finished(format: DocumentFormat, source: string, builder: BlockBuilder): CleanDocument {
  builder.finish()
  return { format, title: builder.title, source, blocks: builder.blocks, dropped: builder.dropped }
}

/** As cleanDocument, of a text, at once. */
export function cleanText(
  body: string | Uint8Array,
  format: Exclude<DocumentFormat, 'pdf'>,
  limits: DocumentLimits = DOCUMENT_LIMITS,
): CleanDocument {
  const builder = new BlockBuilder()
  const source = textOf(body, limits.maxCharacters)
  readText(source, format, builder)
  return finished(format, source, builder)
}

/**
 * The blocks of a document with their headings, and the source range of each character. Scripts, styles, navigation,
 * hidden elements and unseen characters are left out and counted. Whatever the text says is content: nothing in it is
 * followed. Throws InvalidInput, with what was found and expected, for a document that is too large, that is broken,
 * or that is a PDF without a text layer.
 */
export async function cleanDocument(
  body: string | Uint8Array,
  format: DocumentFormat,
  limits: DocumentLimits = DOCUMENT_LIMITS,
): Promise<CleanDocument> {
  if (format !== 'pdf') return cleanText(body, format, limits)
  const builder = new BlockBuilder()
  const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body
  if (bytes.byteLength > limits.maxBytes)
    throw new InvalidInput(
      `Got a PDF of ${bytes.byteLength} bytes, expected at most ${limits.maxBytes}. The document is left out; split it.`,
    )
  const source = await readPdf(bytes, builder, limits)
  return finished(format, source, builder)
}
