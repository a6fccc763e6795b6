import { type Claim, type Fact, MAX_FACT_SOURCES, RELATIONS } from '../../contract/claims.ts'
import { compareTexts, uniqueClaims } from '../claims/claim.ts'
import { bySubject, foldClaims } from './fold-shard.ts'
import { compareFacts, type Fuse } from './fuse.ts'

/** A graph in which entities that are the same are one. */
export interface MergedGraph {
  /** In canonical order. */
  facts: Fact[]
  /** By merged entity: the one that it is merged into, the first of its group by code units. */
  mergedInto: ReadonlyMap<string, string>
}

/** What the members of merged groups claim, and how it is fused. */
export interface MemberClaims {
  claims: readonly Claim[]
  fuse: Fuse
}

const isMerge = (
  { relation, isEntity, confidence }: Pick<Fact, 'relation' | 'isEntity' | 'confidence'>,
  minConfidence: number,
): boolean => relation === RELATIONS.sameAs && isEntity && confidence >= minConfidence

/**
 * Groups of entities that `same-as` facts from `minConfidence` on join: by merged entity, the first of its group by code
 * units, which is in no group's list itself (union-find).
 */
export function joinEntities(facts: Iterable<Fact>, minConfidence: number): Map<string, string> {
  const parents = new Map<string, string>()
  const rootOf = (id: string): string => {
    let root = id
    while ((parents.get(root) ?? root) !== root) root = parents.get(root)!
    for (let at = id; at !== root; ) {
      const next = parents.get(at)!
      parents.set(at, root)
      at = next
    }
    return root
  }
  for (const fact of facts) {
    if (!isMerge(fact, minConfidence)) continue
    const [a, b] = [rootOf(fact.subject), rootOf(String(fact.object))]
    const [root, other] = [a, b].sort(compareTexts) as [string, string]
    if (root !== other) parents.set(other, root)
  }
  return new Map([...parents.keys()].sort(compareTexts).map((id) => [id, rootOf(id)]))
}

/** All entities of groups. */
export const membersOf = (mergedInto: ReadonlyMap<string, string>): Set<string> =>
  new Set([...mergedInto.keys(), ...mergedInto.values()])

/** Claims as those of merged entities, in canonical order. What an entity claims of itself, and merges, are left out. */
export function moveClaims(
  claims: readonly Claim[],
  mergedInto: ReadonlyMap<string, string>,
): Claim[] {
  const rootOf = (id: string): string => mergedInto.get(id) ?? id
  return uniqueClaims(
    claims.flatMap((claim) => {
      const subject = rootOf(claim.subject)
      const object = claim.isEntity ? rootOf(String(claim.object)) : claim.object
      const isSelf = claim.isEntity && object === subject
      return isSelf || claim.relation === RELATIONS.sameAs ? [] : [{ ...claim, subject, object }]
    }),
  )
}

/** One fact of several that say the same of one merged entity: noisy-or, as of different sources. */
function combine(alike: readonly Fact[]): Fact {
  const [first] = alike as [Fact]
  if (alike.length === 1) return first
  const confidences = alike.map(({ confidence }) => confidence).sort((a, b) => a - b)
  const sources = new Set(
    [...alike]
      .sort((a, b) => b.confidence - a.confidence || compareTexts(a.sources[0]!, b.sources[0]!))
      .flatMap((fact) => fact.sources),
  )
  return {
    ...first,
    confidence: confidences.reduce((p, c) => Math.min(1, p + c * (1 - p)), 0),
    sourceCount: alike.reduce((sum, { sourceCount }) => sum + sourceCount, 0),
    sources: [...sources].slice(0, MAX_FACT_SOURCES),
    validFromMs: Math.min(...alike.map(({ validFromMs }) => validFromMs)),
  }
}

/**
 * The graph as it is published: `same-as` facts from `minConfidence` on join entities, and the facts of a group are
 * those of its first entity. It stays related to the others by `same-as`. With `members`, the claims of all entities of
 * groups, what these say is fused as if it were said of one entity: providers that contradict each other are weighed.
 * Without, equal facts are combined and others are kept. A pure function of facts and claims, so a merge that is
 * withdrawn leaves no trace. O(facts · log facts).
 */
export function mergeEntities(
  facts: readonly Fact[],
  minConfidence: number,
  members: MemberClaims | null = null,
): MergedGraph {
  const mergedInto = joinEntities(facts, minConfidence)
  const rootOf = (id: string): string => mergedInto.get(id) ?? id
  const isFused = members === null ? () => false : isMemberOf(membersOf(mergedInto))
  const moved = facts.flatMap((fact): Fact[] => {
    const subject = rootOf(fact.subject)
    const object = fact.isEntity ? rootOf(String(fact.object)) : fact.object
    if (!isMerge(fact, minConfidence)) {
      const isSelf = fact.isEntity && object === subject
      if (isSelf || isFused(fact)) return []
      return subject === fact.subject && object === fact.object
        ? [fact]
        : [{ ...fact, subject, object }]
    }
    const others = [fact.subject, String(fact.object)].filter((id) => id !== subject)
    return others.map((id) => ({ ...fact, subject, object: id }))
  })
  if (members)
    for (const own of bySubject(moveClaims(members.claims, mergedInto)))
      for (const fact of foldClaims(own, members.fuse)) moved.push(fact)
  moved.sort(compareFacts)
  const merged: Fact[] = []
  for (let at = 0; at < moved.length; ) {
    const start = at
    while (at < moved.length && compareFacts(moved[start]!, moved[at]!) === 0) at++
    merged.push(combine(moved.slice(start, at)))
  }
  return { facts: merged, mergedInto }
}

/** A fact of a member is fused from claims again, unless it is a merge in doubt. */
const isMemberOf =
  (members: ReadonlySet<string>) =>
  ({ subject, relation }: Fact): boolean =>
    relation !== RELATIONS.sameAs && members.has(subject)
