import type { Claim, Fact } from '../../contract/claims.ts'
import { compareClaims, compareTexts, uniqueClaims } from '../claims/claim.ts'
import type { FoldWork } from './fold.ts'
import { compareFacts, type Fuse } from './fuse.ts'

/** The subjects of one shard, claims and facts in canonical order. */
export interface ShardTables {
  claims: readonly Claim[]
  facts: readonly Fact[]
}
export const EMPTY_SHARD: ShardTables = { claims: [], facts: [] }

export interface ShardChange {
  added: readonly Claim[]
  isWithdrawn(claim: Claim): boolean
}

export interface FoldedShard extends ShardTables {
  /** Subjects whose claims changed. */
  touched: ReadonlySet<string>
  work: FoldWork
}

/** Rows in the order of their subjects, as one list a subject. */
export function* bySubject<T extends { subject: string }>(rows: readonly T[]): Generator<T[]> {
  for (let at = 0; at < rows.length; ) {
    const start = at
    const { subject } = rows[at]!
    while (at < rows.length && rows[at]!.subject === subject) at++
    yield rows.slice(start, at)
  }
}

/** The claims after a change, and the subjects that it touched. Both lists are in canonical order. */
function mergeClaims(before: readonly Claim[], { added, isWithdrawn }: ShardChange) {
  const news = uniqueClaims(added).filter((claim) => !isWithdrawn(claim))
  const claims: Claim[] = []
  const touched = new Set<string>()
  let [old, fresh] = [0, 0]
  while (old < before.length || fresh < news.length) {
    const [a, b] = [before[old], news[fresh]]
    const order = a && b ? compareClaims(a, b) : a ? -1 : 1
    if (order >= 0) fresh++
    if (order <= 0) old++
    const claim = order <= 0 ? a! : b!
    const isGone = order <= 0 && isWithdrawn(claim)
    if (!isGone) claims.push(claim)
    if (isGone || order > 0) touched.add(claim.subject)
  }
  return { claims, touched }
}

/** The facts of one subject's claims, in canonical order. */
export function foldClaims(claims: readonly Claim[], fuse: Fuse): Fact[] {
  const facts: Fact[][] = []
  for (let at = 0; at < claims.length; ) {
    const start = at
    const { relation } = claims[at]!
    while (at < claims.length && claims[at]!.relation === relation) at++
    facts.push([...fuse(claims.slice(start, at))].sort(compareFacts))
  }
  return facts.flat()
}

/**
 * A shard after a change: claims and facts are those that a fold of all its claims gives. Only touched subjects are
 * folded; facts of the others are taken over. O(claims of the shard).
 */
export function foldShard(before: ShardTables, change: ShardChange, fuse: Fuse): FoldedShard {
  const { claims, touched } = mergeClaims(before.claims, change)
  const work = { subjects: 0, claims: 0 }
  const facts: Fact[][] = [before.facts.filter(({ subject }) => !touched.has(subject))]
  for (const own of bySubject(claims)) {
    if (!touched.has(own[0]!.subject)) continue
    work.subjects++
    work.claims += own.length
    facts.push(foldClaims(own, fuse))
  }
  const sorted = facts.flat().sort((a, b) => compareTexts(a.subject, b.subject))
  return { claims, facts: sorted, touched, work }
}
