import type { Attributes } from '../contract/attributes.ts'

/** A document as it is stored and returned. */
export interface StoredDocument {
  title?: string
  text?: string
  attributes: Attributes
}
