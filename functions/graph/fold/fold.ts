import type { Claim, Fact, Withdrawal } from '../../contract/claims.ts'
import { claimKey, compareClaims, compareTexts } from '../claims/claim.ts'
import { encodeFacts } from '../claims/encode.ts'
import { compareFacts, type Fuse, noisyOr } from './fuse.ts'

/** A withdrawal without an end: the source never comes back. */
export const FOR_GOOD = Number.MAX_SAFE_INTEGER

/** What was done so far, in numbers. */
export interface FoldWork {
  /** Subjects that were folded, and the claims of the relations that changed. */
  subjects: number
  claims: number
}

/** The graph in memory. The order of calls does not matter, and a repeated call changes nothing. */
export interface Fold {
  /** Adds claims that passed `checkClaims`. Returns how many of them are new. */
  add(claims: Iterable<Claim>): number
  /**
   * Takes out the claims of a source with `validFromMs` up to `throughMs`, those that come later included. Returns
   * how many left.
   */
  withdraw(source: string, throughMs?: number): number
  /** The facts about a subject, in canonical order. */
  facts(subject: string): readonly Fact[]
  /** Subjects with a fact, in code-unit order. */
  subjects(): string[]
  /** The whole graph as Parquet: equal sets of claims give equal bytes. */
  all(): Uint8Array
  /** In code-unit order. */
  withdrawn(): Withdrawal[]
  readonly work: Readonly<FoldWork>
}

/** One subject: its claims by relation and key, its facts by relation, and what must be folded again. */
interface Subject {
  claims: Map<string, Map<string, Claim>>
  facts: Map<string, readonly Fact[]>
  changed: Set<string>
  /** All facts in order; null after a change. */
  folded: readonly Fact[] | null
}

interface State {
  fuse: Fuse
  subjects: Map<string, Subject>
  /** Of each source: keys of claims and the claims. */
  sources: Map<string, Map<string, Claim>>
  withdrawn: Map<string, number>
  work: FoldWork
}

const isWithdrawn = (state: State, { source, validFromMs }: Claim): boolean =>
  validFromMs <= (state.withdrawn.get(source) ?? -1)

function subjectOf(state: State, name: string): Subject {
  const known = state.subjects.get(name)
  if (known) return known
  const subject = { claims: new Map(), facts: new Map(), changed: new Set<string>(), folded: null }
  state.subjects.set(name, subject)
  return subject
}

function changeOf(subject: Subject, relation: string): Map<string, Claim> {
  subject.changed.add(relation)
  subject.folded = null
  const group = subject.claims.get(relation) ?? new Map<string, Claim>()
  subject.claims.set(relation, group)
  return group
}

function addClaim(state: State, claim: Claim): boolean {
  if (isWithdrawn(state, claim)) return false
  const key = claimKey(claim)
  const own = state.sources.get(claim.source) ?? new Map<string, Claim>()
  if (own.has(key)) return false
  state.sources.set(claim.source, own.set(key, claim))
  changeOf(subjectOf(state, claim.subject), claim.relation).set(key, claim)
  return true
}

function removeClaim(state: State, key: string, claim: Claim): void {
  const subject = state.subjects.get(claim.subject)!
  const group = changeOf(subject, claim.relation)
  group.delete(key)
  if (group.size > 0) return
  subject.claims.delete(claim.relation)
  if (subject.claims.size === 0) state.subjects.delete(claim.subject)
}

function withdraw(state: State, source: string, throughMs: number): number {
  state.withdrawn.set(source, Math.max(throughMs, state.withdrawn.get(source) ?? 0))
  const own = state.sources.get(source)
  if (!own) return 0
  let gone = 0
  for (const [key, claim] of own) {
    if (!isWithdrawn(state, claim)) continue
    removeClaim(state, key, claim)
    own.delete(key)
    gone++
  }
  if (own.size === 0) state.sources.delete(source)
  return gone
}

function foldSubject({ fuse, work }: State, subject: Subject): readonly Fact[] {
  if (subject.folded) return subject.folded
  work.subjects++
  for (const relation of subject.changed) {
    const claims = subject.claims.get(relation)
    subject.facts.delete(relation)
    if (!claims) continue
    work.claims += claims.size
    const facts = fuse([...claims.values()].sort(compareClaims))
    subject.facts.set(relation, [...facts].sort(compareFacts))
  }
  subject.changed.clear()
  subject.folded = [...subject.facts]
    .sort(([a], [b]) => compareTexts(a, b))
    .flatMap(([, facts]) => facts)
  return subject.folded
}

/**
 * A graph without claims. Only subjects that a change touched are folded again, when they are read, and of these only
 * the relations that it touched. Memory: the claims and the facts.
 */
export function createFold(fuse: Fuse = noisyOr): Fold {
  const state: State = {
    ...{ fuse, subjects: new Map(), sources: new Map(), withdrawn: new Map() },
    work: { subjects: 0, claims: 0 },
  }
  const facts = (name: string): readonly Fact[] => {
    const subject = state.subjects.get(name)
    return subject ? foldSubject(state, subject) : []
  }
  const subjects = (): string[] => [...state.subjects.keys()].sort(compareTexts)
  return {
    add(claims) {
      let added = 0
      for (const claim of claims) if (addClaim(state, claim)) added++
      return added
    },
    withdraw: (source, throughMs = FOR_GOOD) => withdraw(state, source, throughMs),
    ...{ facts, subjects, work: state.work },
    all: () => encodeFacts(subjects().flatMap(facts)),
    withdrawn: () =>
      [...state.withdrawn]
        .map(([source, throughMs]) => ({ source, throughMs }))
        .sort((a, b) => compareTexts(a.source, b.source)),
  }
}
