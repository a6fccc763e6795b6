import type { Fact } from '../../contract/claims.ts'
import type { EntityRowValues, RelatedValue } from '../../contract/graph.ts'
import { compareObjects, compareTexts } from '../claims/claim.ts'
import { kindOf } from '../claims/entity-id.ts'
import { namesOf } from './neptune.ts'

/** DynamoDB takes rows of 400 KB; keys, names and the row's structure need some of it. */
const MAX_ROW_BYTES = 300_000
/** What a value takes beside its text. */
const VALUE_BYTES = 260

/** The most confident first, then the one with more sources, then by value. */
export const compareStrength = (a: Fact, b: Fact): number =>
  b.confidence - a.confidence ||
  b.sourceCount - a.sourceCount ||
  compareObjects(a, b) ||
  compareTexts(a.subject, b.subject)

const relatedValue = (fact: Fact, value: string | number, isEntity: boolean): RelatedValue => ({
  ...{ value, isEntity, ...(fact.unit !== undefined && { unit: fact.unit }) },
  ...{ confidence: fact.confidence, sourceCount: fact.sourceCount, sources: [...fact.sources] },
})
const bytesOf = ({ value }: RelatedValue): number =>
  VALUE_BYTES + (typeof value === 'string' ? Buffer.byteLength(value) : 0)

type Group = EntityRowValues['facts'][string]

/** Facts by relation, the strongest first. Names of relations are data: no object's own property is one. */
function grouped(facts: readonly Fact[]): [string, Fact[]][] {
  const groups = new Map<string, Fact[]>()
  for (const fact of facts) {
    const own = groups.get(fact.relation)
    if (own) own.push(fact)
    else groups.set(fact.relation, [fact])
  }
  return [...groups]
    .sort(([a], [b]) => compareTexts(a, b))
    .map(([relation, own]) => [relation, own.sort(compareStrength)])
}

/**
 * The online row of an entity: `maxFanOut` facts of each relation and direction at most, the strongest first, with the
 * count of those that are left out. `facts` are about it or name it as their object, in any order. Rows end below
 * DynamoDB's limit: the first value of each relation comes first, then the second of each, until the row is full.
 */
export function entityRow(id: string, facts: readonly Fact[], maxFanOut: number): EntityRowValues {
  const own = facts.filter(({ subject }) => subject === id)
  const others = facts.filter(({ object, isEntity }) => isEntity && object === id)
  const directions = [
    grouped(own).map(([relation, all]) => ({
      ...{ relation, all, group: { values: [], leftOut: all.length } as Group },
      toValue: (fact: Fact) => relatedValue(fact, fact.object, fact.isEntity),
    })),
    grouped(others).map(([relation, all]) => ({
      ...{ relation, all, group: { values: [], leftOut: all.length } as Group },
      toValue: (fact: Fact) => relatedValue(fact, fact.subject, true),
    })),
  ] as const
  let bytes = 0
  for (let rank = 0; rank < maxFanOut; rank++)
    for (const { all, group, toValue } of directions.flat()) {
      const fact = all[rank]
      if (!fact) continue
      const value = toValue(fact)
      if (bytes + bytesOf(value) > MAX_ROW_BYTES) continue
      bytes += bytesOf(value)
      group.values.push(value)
      group.leftOut--
    }
  const [outgoing, incoming] = directions.map((groups) =>
    Object.fromEntries(groups.map(({ relation, group }) => [relation, group])),
  ) as [Record<string, Group>, Record<string, Group>]
  const name = namesOf(own).get(id) ?? null
  return { id, kind: kindOf(id), name, facts: outgoing, incoming }
}

/**
 * The rows of a graph's entities, or of some of them, in code-unit order. An entity without a fact has none.
 * O(facts · log facts).
 */
export function* entityRows(
  facts: readonly Fact[],
  maxFanOut: number,
  wanted: ReadonlySet<string> | null = null,
): Generator<EntityRowValues> {
  const own = new Map<string, Fact[]>()
  const add = (id: string, fact: Fact): void => {
    if (wanted && !wanted.has(id)) return
    const known = own.get(id)
    if (known) known.push(fact)
    else own.set(id, [fact])
  }
  for (const fact of facts) {
    add(fact.subject, fact)
    if (fact.isEntity && fact.object !== fact.subject) add(String(fact.object), fact)
  }
  for (const id of [...own.keys()].sort(compareTexts)) yield entityRow(id, own.get(id)!, maxFanOut)
}
