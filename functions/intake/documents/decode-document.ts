import { isUtf8 } from 'node:buffer'
import type { DocumentFormat } from '../../contract/documents.ts'
import { hasBinary, wideEncodingOf } from '../sniff/bytes.ts'
import { binaryContainerOf } from '../sniff/magic.ts'
import { nameOf } from '../sniff/sentence.ts'
import { UnreadableDocument } from './document-error.ts'

const HEAD_BYTES = 64 * 2 ** 10
/** HTML Living Standard, "prescan a byte stream to determine its encoding": within the first 1,024 bytes. */
const CHARSET_WITHIN = 1024
const CHARSET = /<meta\b[^>]*\bcharset\s*=\s*["']?\s*([\w-]+)/i

/** What a text of each format is called in a message. */
const NAMES: Readonly<Record<DocumentFormat, string>> = {
  markdown: 'Markdown',
  html: 'HTML',
  plain: 'plain text',
  pdf: 'a PDF',
}

const noText = (found: string, format: DocumentFormat, remedy: string): UnreadableDocument =>
  new UnreadableDocument(
    'unsupported_container',
    `got ${found}, expected ${NAMES[format]}: ${remedy}`,
  )

function refuseBinary(bytes: Buffer, format: DocumentFormat, name: string): void {
  const container = binaryContainerOf(bytes.subarray(0, HEAD_BYTES), name)
  if (container === 'pdf')
    throw noText(nameOf(container), format, 'drop it under a name that ends in .pdf')
  if (container)
    throw noText(nameOf(container), format, 'write it as Markdown, HTML, plain text or PDF')
}

function charsetOf(bytes: Buffer, format: DocumentFormat): string | null {
  if (format !== 'html') return null
  return CHARSET.exec(bytes.toString('latin1', 0, CHARSET_WITHIN))?.[1] ?? null
}

/** The text in an encoding, or null if the bytes are none, or if no such encoding is known. */
function decodeAs(bytes: Buffer, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

function decode(bytes: Buffer, format: DocumentFormat): string {
  const wide = wideEncodingOf(bytes.subarray(0, HEAD_BYTES))
  const charset = charsetOf(bytes, format)
  const asked = wide ?? (isUtf8(bytes) ? 'utf-8' : charset)
  const text = asked === null ? null : decodeAs(bytes, asked)
  if (text !== null) return text
  const found =
    wide ?? (charset === null ? 'bytes of another encoding' : `bytes that are not ${charset}`)
  const expected = `UTF-8 or UTF-16${format === 'html' ? ', or the charset that a meta element names' : ''}`
  throw new UnreadableDocument(
    'unsupported_encoding',
    `got ${found}, expected ${expected}: write it as UTF-8 (iconv -f WINDOWS-1252 -t UTF-8, if it is from Windows), and drop that`,
  )
}

/**
 * The text of a Markdown, HTML or plain document: UTF-8, UTF-16, or for HTML the charset that it names. A byte order mark is
 * dropped. Throws UnreadableDocument for other encodings, and for what is no text.
 */
export function decodeDocument(bytes: Buffer, format: DocumentFormat, name: string): string {
  refuseBinary(bytes, format, name)
  const text = decode(bytes, format)
  if (text.includes('\0'))
    throw noText('bytes that are no text', format, 'it has characters of code 0')
  return text
}

/** Throws UnreadableDocument for bytes that cannot be a PDF. */
export function refuseOtherThanPdf(bytes: Buffer, name: string): void {
  // ISO 32000-1, annex H.3.4.1: readers accept the magic within the first 1,024 bytes.
  if (bytes.subarray(0, 1024).includes('%PDF-')) return
  const container = binaryContainerOf(bytes.subarray(0, HEAD_BYTES), name)
  const found = container
    ? nameOf(container)
    : hasBinary(bytes, 0, 1024)
      ? 'bytes without %PDF- at their beginning'
      : 'a text'
  throw noText(found, 'pdf', 'drop it under the name of its own format')
}
