import type { Claim } from '../../../functions/contract/claims.ts'
import { sourceOf } from '../../../functions/graph/claims/claim.ts'

/** A claim with the given fields; `source` is any short name. */
export const claim = (fields: Partial<Claim> = {}): Claim => ({
  ...{ subject: 'item:i1', relation: 'has-brand', object: 'brand:acme', isEntity: true },
  ...{ extractor: 'catalogue@1', confidence: 0.9, validFromMs: 1000 },
  ...fields,
  source: sourceOf('test', fields.source ?? 'a'),
})
export const source = (name: string): string => sourceOf('test', name)
