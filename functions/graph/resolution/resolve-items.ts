import type { GraphDefinition, StatedDrop } from '../../contract/graph-objects.ts'
import type { ObjectStore } from '../../core/objects.ts'
import { keptId } from '../claims/entity-id.ts'
import { GrowingBatch } from '../extract/batch.ts'
import { readStatements, type Stated } from '../extract/statements.ts'
import { mergeClaims, resolutionSource } from './merge-claims.ts'
import type { AttributeValues, EntityRecord } from './records.ts'
import { type DoubtfulMatch, resolve } from './resolve.ts'

/** Pairs of providers grow with the square: the largest ones are resolved. */
const MAX_PROVIDERS = 16
/** Doubtful pairs that a report has. */
const MAX_DOUBTFUL = 200

export interface ResolvedItems {
  batch: GrowingBatch
  /** Entity ids, the most doubtful first. */
  doubtful: Pick<DoubtfulMatch, 'left' | 'right' | 'probability' | 'isMerged'>[]
}

/** The newest statement about each item, of all drops. Memory: their attributes. */
async function newestItems(
  lake: ObjectStore,
  drops: readonly StatedDrop[],
  definition: GraphDefinition,
): Promise<Stated[]> {
  const newest = new Map<string, Stated>()
  for (const { items } of drops)
    for (const stated of await readStatements(lake, items, definition, false)) {
      const known = newest.get(stated.id)
      // Drops come in the order of their arrival.
      if (!known || stated.knowableMs >= known.knowableMs) newest.set(stated.id, stated)
    }
  return [...newest.values()].filter(({ isGone }) => !isGone)
}

/** The attributes that are compared: those that are named, or those that the catalogue maps, and the title. */
function recordOf({ id, attributes, title }: Stated, { graph }: GraphDefinition): EntityRecord {
  const { attributes: named } = graph.resolution!
  const names = named ?? ['title', ...Object.keys(graph.catalogue)]
  const values: Record<string, AttributeValues> = {}
  for (const name of names) {
    const own = Object.hasOwn(attributes, name) ? attributes[name]! : null
    values[name] = own ?? (name === 'title' ? title : null)
  }
  return { id, attributes: values }
}

/** Records by provider, the largest first. */
function byProvider(items: readonly Stated[], definition: GraphDefinition, batch: GrowingBatch) {
  const groups = new Map<string, EntityRecord[]>()
  for (const item of items) {
    if (item.provider === undefined) {
      batch.refuse('resolution: item of no provider')
      continue
    }
    const own = groups.get(item.provider)
    const record = recordOf(item, definition)
    if (own) own.push(record)
    else groups.set(item.provider, [record])
  }
  const sorted = [...groups].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1))
  for (const [, records] of sorted.slice(MAX_PROVIDERS))
    batch.refuse('resolution: item of a small provider', records.length)
  return sorted.slice(0, MAX_PROVIDERS).map(([, records]) => records)
}

/**
 * Finds the items of different providers that are the same thing, between each two of the 16 largest. The merges replace
 * those of earlier resolutions. Memory: the records, and about 12 kB for each record of the two largest providers.
 */
export async function resolveItems(
  lake: ObjectStore,
  scene: string,
  {
    drops,
    definition,
    madeMs,
  }: {
    drops: readonly StatedDrop[]
    definition: GraphDefinition
    madeMs: number
  },
): Promise<ResolvedItems> {
  const batch = new GrowingBatch()
  const source = resolutionSource(scene)
  batch.replace(source, madeMs)
  const groups = byProvider(await newestItems(lake, drops, definition), definition, batch)
  const entity = (id: string): string => keptId('item', id)
  const context = { source, validFromMs: madeMs, leftEntity: entity, rightEntity: entity }
  const doubtful: ResolvedItems['doubtful'] = []
  for (const [at, left] of groups.entries())
    for (const right of groups.slice(at + 1)) {
      const found = resolve({ left, right })
      batch.add({ claims: mergeClaims(found.matches, context), refused: {} })
      for (const { left: a, right: b, probability, isMerged } of found.doubtful)
        doubtful.push({ left: entity(a), right: entity(b), probability, isMerged })
    }
  const doubtOf = ({ probability }: { probability: number }): number => Math.abs(probability - 0.5)
  doubtful.sort((a, b) => doubtOf(a) - doubtOf(b) || (a.left + a.right < b.left + b.right ? -1 : 1))
  return { batch, doubtful: doubtful.slice(0, MAX_DOUBTFUL) }
}
