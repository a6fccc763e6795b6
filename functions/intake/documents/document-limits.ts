import { MAX_DOCUMENT_TEXT } from '../../contract/events.ts'

/** Sizes beyond which a document file is refused. */
export interface DocumentLimits {
  /** UTF-16 code units of a text, and of the text layer of a PDF. */
  maxCharacters: number
  /** Bytes of a PDF, unpacked. */
  maxPdfBytes: number
  maxPages: number
}
export const DOCUMENT_LIMITS: DocumentLimits = {
  maxCharacters: MAX_DOCUMENT_TEXT,
  maxPdfBytes: 16 * 2 ** 20,
  maxPages: 5000,
}
/** No encoding takes more bytes for a UTF-16 code unit: GB 18030 takes four for some. */
export const BYTES_PER_CHARACTER = 4
