import { type Claim, type Fact, MAX_FACT_SOURCES } from '../../contract/claims.ts'
import { compareObjects, compareTexts } from '../claims/claim.ts'

/**
 * Turns all claims about one subject and relation, in canonical order and each once, into facts. A fact may have
 * any confidence in (0, 1]; contradictory objects are several facts. It must be a function of the claims alone.
 */
export type Fuse = (claims: readonly Claim[]) => readonly Fact[]

/** A fuse and its name. The name changes with all that the fuse has learned. */
export interface Fusion {
  name: string
  fuse: Fuse
}

/** The canonical order of facts. */
export const compareFacts = (a: Fact, b: Fact): number =>
  compareTexts(a.subject, b.subject) || compareTexts(a.relation, b.relation) || compareObjects(a, b)

/** Claims in canonical order, by object. */
function* byObject(claims: readonly Claim[]): Generator<Claim[]> {
  for (let at = 0; at < claims.length; ) {
    const start = at
    while (at < claims.length && compareObjects(claims[start]!, claims[at]!) === 0) at++
    yield claims.slice(start, at)
  }
}

/** The fact of claims about one object, with the confidence that `confidenceOf` gives it. */
export function factOf(
  claims: readonly Claim[],
  confidenceOf: (bySource: ReadonlyMap<string, number>) => number,
): Fact {
  const [first] = claims as [Claim]
  const bySource = new Map<string, number>()
  let { validFromMs } = first
  for (const claim of claims) {
    bySource.set(claim.source, Math.max(bySource.get(claim.source) ?? 0, claim.confidence))
    validFromMs = Math.min(validFromMs, claim.validFromMs)
  }
  const sources = [...bySource]
    .sort(([a, x], [b, y]) => y - x || compareTexts(a, b))
    .slice(0, MAX_FACT_SOURCES)
    .map(([source]) => source)
  return {
    ...{ subject: first.subject, relation: first.relation },
    ...{ object: first.object, isEntity: first.isEntity },
    ...(first.unit !== undefined && { unit: first.unit }),
    ...{ confidence: confidenceOf(bySource), sourceCount: bySource.size, sources, validFromMs },
  }
}

/**
 * Noisy-or: 1 − Π (1 − c) over sources (Pearl 1988, section 4.3.2), each with its most confident claim: a text that
 * says something ten times says it once. In the order of the confidences, so that rounding is always the same.
 */
export const noisyOr: Fuse = (claims) =>
  [...byObject(claims)].map((alike) =>
    factOf(alike, (bySource) =>
      [...bySource.values()]
        .sort((a, b) => a - b)
        .reduce((p, c) => Math.min(1, p + c * (1 - p)), 0),
    ),
  )

export const NOISY_OR: Fusion = { name: 'noisy-or@1', fuse: noisyOr }
