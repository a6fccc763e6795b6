import { type Fact, MAX_FACT_SOURCES, RELATIONS } from '../../contract/claims.ts'
import { compareTexts } from '../claims/claim.ts'
import { compareFacts } from './fuse.ts'

/** A graph in which entities that are the same are one. */
export interface MergedGraph {
  /** In canonical order. */
  facts: Fact[]
  /** By merged entity: the one that it is merged into, the first of its group by code units. */
  mergedInto: ReadonlyMap<string, string>
}

/** Groups of entities that merges join: each entity's root is the first of its group (union-find). */
function joinEntities(merges: readonly Fact[]): Map<string, string> {
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
  for (const { subject, object } of merges) {
    const [a, b] = [rootOf(subject), rootOf(String(object))]
    const [root, other] = [a, b].sort(compareTexts) as [string, string]
    if (root !== other) parents.set(other, root)
  }
  return new Map([...parents.keys()].sort(compareTexts).map((id) => [id, rootOf(id)]))
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
 * those of its first entity. It stays related to the others by `same-as`. A pure function of the facts, so a merge that
 * is withdrawn leaves no trace. O(facts · log facts).
 */
export function mergeEntities(facts: readonly Fact[], minConfidence: number): MergedGraph {
  const isMerge = ({ relation, isEntity, confidence }: Fact): boolean =>
    relation === RELATIONS.sameAs && isEntity && confidence >= minConfidence
  const roots = joinEntities(facts.filter(isMerge))
  const rootOf = (id: string): string => roots.get(id) ?? id
  const moved = facts.flatMap((fact): Fact[] => {
    const subject = rootOf(fact.subject)
    const object = fact.isEntity ? rootOf(String(fact.object)) : fact.object
    if (!isMerge(fact)) {
      const isSame = subject === fact.subject && object === fact.object
      return fact.isEntity && object === subject
        ? []
        : [isSame ? fact : { ...fact, subject, object }]
    }
    const others = [fact.subject, String(fact.object)].filter((id) => id !== subject)
    return others.map((id) => ({ ...fact, subject, object: id }))
  })
  moved.sort(compareFacts)
  const merged: Fact[] = []
  for (let at = 0; at < moved.length; ) {
    const start = at
    while (at < moved.length && compareFacts(moved[start]!, moved[at]!) === 0) at++
    merged.push(combine(moved.slice(start, at)))
  }
  return {
    facts: merged,
    mergedInto: new Map([...roots].filter(([id, root]) => id !== root)),
  }
}
