import type { TextDocument } from '../../../functions/search-index/opensearch/text-document.ts'

/** A document with one text, stated at a time. A null text: it is gone. */
export const documentOf = (
  id: string,
  knowableMs: number,
  title: string | null,
  { drop = 'd', row = 0 } = {},
): TextDocument => ({
  id,
  version: { knowableMs, drop, row },
  content: title === null ? null : { fields: { title }, filters: {}, numbers: {}, stored: '{}' },
})
