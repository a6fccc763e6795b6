import type { DocumentFormat } from '../../contract/documents.ts'
import type { Break } from '../breaks.ts'
import type { Body } from '../digested-body.ts'
import type { Refusal } from '../drop.ts'
import { MAX_QUARANTINED_BYTES } from '../limits.ts'
import { readBefore, unpack } from '../unpack.ts'
import { decodeDocument, refuseOtherThanPdf } from './decode-document.ts'
import { UnreadableDocument } from './document-error.ts'
import { BYTES_PER_CHARACTER, DOCUMENT_LIMITS, type DocumentLimits } from './document-limits.ts'
import { refuseLargeStreams } from './pdf-streams.ts'
import { shortTitle, titleOf } from './title.ts'

/** A document file: its text; or why it is refused; or why its packed bytes end before it does. `head`: its first bytes. */
export type ReadDocument =
  | { title: string | null; text: string; bytes: number; head: Buffer }
  | { refused: Refusal }
  | { break: Break; bytes: number; head: Buffer }

const tooLarge = (found: string, most: string): UnreadableDocument =>
  new UnreadableDocument(
    'too_large',
    `got ${found}, expected at most ${most}: split it by chapters, and drop those`,
  )

/** All unpacked bytes, or those before a break. Throws UnreadableDocument beyond `maxBytes`. */
async function collect(body: Body, name: string, maxBytes: number) {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const part of unpack(body, name)) {
    if ('break' in part) return { bytes: Buffer.concat(chunks), broken: part.break }
    bytes += part.chunk.length
    if (bytes > maxBytes) throw tooLarge(`more than ${maxBytes} bytes`, `${maxBytes} unpacked`)
    chunks.push(part.chunk)
  }
  return { bytes: Buffer.concat(chunks, bytes), broken: null }
}

async function textOf(
  bytes: Buffer,
  name: string,
  format: DocumentFormat,
  limits: DocumentLimits,
): Promise<{ title: string | null; text: string }> {
  if (format !== 'pdf') {
    const text = decodeDocument(bytes, format, name)
    return { title: titleOf(text, format), text }
  }
  refuseOtherThanPdf(bytes, name)
  refuseLargeStreams(bytes, limits.maxPageBytes, limits.maxAllPageBytes)
  const { readTextLayer } = await import('./text-layer.ts')
  const { title, text } = await readTextLayer(bytes, limits)
  return { title: title && shortTitle(title), text }
}

/**
 * Reads one document file: decoded text, or the text layer of a PDF. Nothing in it is followed or run. `name`: its key.
 * Memory: the file, its text twice, and for a PDF what PDF.js needs, 256 MiB in all within the limits.
 */
export async function readDocument(
  body: Body,
  name: string,
  format: DocumentFormat,
  limits: DocumentLimits = DOCUMENT_LIMITS,
): Promise<ReadDocument> {
  const { maxCharacters, maxPdfBytes } = limits
  try {
    const maxBytes = format === 'pdf' ? maxPdfBytes : BYTES_PER_CHARACTER * maxCharacters
    const { bytes, broken } = await collect(body, name, maxBytes)
    const facts = {
      bytes: bytes.length,
      head: Buffer.from(bytes.subarray(0, MAX_QUARANTINED_BYTES)),
    }
    if (broken) {
      const { reason, detail } = broken
      const whole = '; a document is read whole, and nothing of it was accepted'
      return {
        break: { reason, detail: detail.replace(readBefore(bytes.length), whole) },
        ...facts,
      }
    }
    const { title, text } = await textOf(bytes, name, format, limits)
    if (text.length > maxCharacters) throw tooLarge(`${text.length} characters`, `${maxCharacters}`)
    return { title, text, ...facts }
  } catch (error) {
    if (!(error instanceof UnreadableDocument)) throw error
    const { reason, message } = error
    return {
      refused: { reason, detail: `${message}; nothing was accepted, and the raw object stays` },
    }
  }
}
