import { type Claim, RELATIONS } from '../../contract/claims.ts'
import { sourceOf } from '../claims/claim.ts'

/** The name and version of the code that merges. It changes with anything that changes a result. */
export const RESOLUTION_EXTRACTOR = 'fellegi-sunter@1'

/** The source of all merges of a scene: those of a later resolution replace them. */
export const resolutionSource = (scene: string): string => sourceOf('resolution', scene)

export interface MergeContext {
  /** `resolutionSource`: withdrawing it takes all its merges back. */
  source: string
  validFromMs: number
  /** Entity ids of records, by their ids in the left and in the right source. */
  leftEntity(id: string): string
  rightEntity(id: string): string
}

/**
 * Merges as claims `same-as`, each once, ascending: the lesser entity id is the subject. A pair of one entity, which
 * says nothing, is left out.
 */
export function mergeClaims(
  matches: readonly { left: string; right: string; probability: number }[],
  { source, validFromMs, leftEntity, rightEntity }: MergeContext,
): Claim[] {
  const confidences = new Map<string, [a: string, b: string, confidence: number]>()
  for (const { left, right, probability } of matches) {
    const [a, b] = [leftEntity(left), rightEntity(right)].sort() as [string, string]
    if (a === b || !(probability > 0)) continue
    const key = JSON.stringify([a, b])
    const known = confidences.get(key)?.[2] ?? 0
    confidences.set(key, [a, b, Math.max(known, Math.min(1, probability))])
  }
  return [...confidences.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, [subject, object, confidence]]) => ({
      ...{ subject, relation: RELATIONS.sameAs, object, isEntity: true },
      ...{ source, extractor: RESOLUTION_EXTRACTOR, confidence, validFromMs },
    }))
}
