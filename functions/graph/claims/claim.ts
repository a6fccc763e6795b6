import type { z } from 'zod'
import { type Claim, claimSchema } from '../../contract/claims.ts'
import { canonicalJson, sha256Hex } from '../../core/digest.ts'
import { describeFirstError } from '../../core/errors.ts'

/** Code-unit order. */
export const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Entities first, then texts, then numbers by value. */
export function compareObjects(
  a: Pick<Claim, 'object' | 'isEntity' | 'unit'>,
  b: Pick<Claim, 'object' | 'isEntity' | 'unit'>,
): number {
  const rank = (one: typeof a): number =>
    one.isEntity ? 0 : typeof one.object === 'string' ? 1 : 2
  const order = rank(a) - rank(b)
  if (order !== 0) return order
  if (typeof a.object === 'number')
    return a.object - (b.object as number) || compareTexts(a.unit ?? '', b.unit ?? '')
  return compareTexts(a.object, b.object as string)
}

/** The canonical order: by all fields, subject and relation first. 0: the claims are equal. */
export const compareClaims = (a: Claim, b: Claim): number =>
  compareTexts(a.subject, b.subject) ||
  compareTexts(a.relation, b.relation) ||
  compareObjects(a, b) ||
  compareTexts(a.source, b.source) ||
  compareTexts(a.extractor, b.extractor) ||
  compareTexts(a.provider ?? '', b.provider ?? '') ||
  a.validFromMs - b.validFromMs ||
  (a.fromChar ?? -1) - (b.fromChar ?? -1) ||
  (a.throughChar ?? -1) - (b.throughChar ?? -1) ||
  a.confidence - b.confidence

/** One text for equal claims, and for no other. */
export const claimKey = (claim: Claim): string =>
  JSON.stringify([
    ...[claim.subject, claim.relation, claim.isEntity, claim.object, claim.unit ?? null],
    ...[claim.source, claim.extractor, claim.confidence, claim.validFromMs],
    ...[claim.provider ?? null, claim.fromChar ?? null, claim.throughChar ?? null],
  ])
/** A claim's identity: 32 hex digits of the SHA-256 of all its fields. */
export const claimId = (claim: Claim): string => sha256Hex(claimKey(claim)).slice(0, 32)

/** What a claim comes from, as 32 hex digits: its kind, and what tells it apart from others of the kind. */
export const sourceOf = (kind: string, ...parts: readonly unknown[]): string =>
  sha256Hex(canonicalJson([kind, ...parts])).slice(0, 32)

/** Claims in canonical order, each once. */
export function uniqueClaims(claims: readonly Claim[]): Claim[] {
  const sorted = [...claims].sort(compareClaims)
  return sorted.filter((claim, at) => at === 0 || compareClaims(sorted[at - 1]!, claim) !== 0)
}

/** Counts by reason. */
export type Refusals = Record<string, number>
export const refuse = (refusals: Refusals, reason: string, count = 1): void => {
  refusals[reason] = (refusals[reason] ?? 0) + count
}

export interface CheckedClaims {
  /** In canonical order, each once. */
  claims: Claim[]
  /** Claims that are not: `<field>: <reason>` or `relation: unknown`. */
  refused: Refusals
}

/** A claim as it is stored: no field without a value, and no negative zero. */
function normalClaim(claim: Claim): Claim {
  const { unit, provider, fromChar, throughChar, ...rest } = claim
  return {
    ...rest,
    object: rest.object === 0 ? 0 : rest.object,
    ...(unit !== undefined && { unit }),
    ...(provider !== undefined && { provider }),
    ...(fromChar !== undefined && { fromChar, throughChar }),
  }
}

/** Names of fields that no claim has are no reason: they would be as many as a bad log has. */
const reasonOf = (error: z.ZodError): string =>
  error.issues[0]!.code === 'unrecognized_keys' ? 'unknown field' : describeFirstError(error)

/**
 * Checks claims. What is no claim is refused by reason: an empty subject, a confidence of NaN or 0, a relation
 * that is not known (`relations` absent: any name is taken).
 */
export function checkClaims(
  values: Iterable<unknown>,
  relations?: ReadonlySet<string>,
): CheckedClaims {
  const claims: Claim[] = []
  const refused: Refusals = {}
  for (const value of values) {
    const { success, data, error } = claimSchema.safeParse(value)
    if (!success) refuse(refused, reasonOf(error))
    else if (relations && !relations.has(data.relation)) refuse(refused, 'relation: unknown')
    else claims.push(normalClaim(data))
  }
  return { claims: uniqueClaims(claims), refused }
}
