import { MAX_DOCUMENT_TEXT } from '../../contract/events.ts'

/** Sizes beyond which a document file is refused. */
export interface DocumentLimits {
  /** UTF-16 code units of a text, and of the text layer of a PDF. */
  maxCharacters: number
  /** Bytes of a PDF, unpacked. */
  maxPdfBytes: number
  maxPages: number
  /** Bytes of a PDF's page, unpacked, and of all of its pages. */
  maxPageBytes: number
  maxAllPageBytes: number
}
export const DOCUMENT_LIMITS: DocumentLimits = {
  maxCharacters: MAX_DOCUMENT_TEXT,
  maxPdfBytes: 16 * 2 ** 20,
  maxPages: 5000,
  maxPageBytes: 16 * 2 ** 20,
  maxAllPageBytes: 256 * 2 ** 20,
}
/** No encoding takes more bytes for a UTF-16 code unit: GB 18030 takes four for some. */
export const BYTES_PER_CHARACTER = 4
