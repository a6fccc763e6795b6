import { expect, test } from 'vitest'
import { openSampledValues, sampledCells } from '../../functions/audit/sampled-cells.ts'
import { type Feature, featureSchema } from '../../functions/contract/features.ts'
import { GRAPH_PART, type Part } from '../../functions/contract/part.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import type { TableStore } from '../../functions/core/tables.ts'
import { createPseudonyms, openReader } from '../../functions/reader/reader.ts'
import { createCounterCache } from '../../functions/samples/counter-cache.ts'
import { DAY0_MS } from '../make/events.ts'
import { type Fact, makeLinks, putLinks } from '../make/links.ts'
import {
  makeServedWorld,
  SECRET,
  type ServedGraph,
  type ServedWorld,
} from '../make/served-world.ts'

const FLIP_MS = DAY0_MS + 3 * DAY_MS + 11 * HOUR_MS + 1234
const FEATURES: Feature[] = featureSchema.array().parse([
  { name: 'brand', kind: 'graph-link', last: 'click', relation: 'has-brand' },
  {
    name: 'closed_brand',
    kind: 'graph-link',
    last: 'click',
    relation: 'has-brand',
    nearLine: false,
  },
  { name: 'after', kind: 'graph-link', last: 'click', relation: 'complement-of', as: 'direct' },
  { name: 'hops', kind: 'graph-distance', last: 'click', windowHours: 12 },
  {
    name: 'brand_hops',
    kind: 'graph-distance',
    last: 'click',
    relations: ['has-brand'],
    maxHops: 4,
  },
])
/** Brands and complements of the world's items. The last item has no links. */
const factsOf = (brands: number): Fact[] =>
  Array.from({ length: 14 }, (_, n): Fact[] => [
    [`i${n}`, 'has-brand', `brand:b${n % brands}`],
    ...(n % 2 ? [[`i${n}`, 'has-brand', `brand:b${(n + 1) % brands}`] satisfies Fact] : []),
    ...(n % 3 ? [[`i${n}`, 'complement-of', `item:i${(n * 2) % 14}`] satisfies Fact] : []),
  ]).flat()
const graphs: ServedGraph[] = [
  { sinceMs: DAY0_MS, generation: 'one', links: makeLinks(factsOf(6)) },
  { sinceMs: FLIP_MS, generation: 'two', links: makeLinks(factsOf(9)) },
]

/** The registry as if its releases also had this part. */
const withGraph = (registry: TableStore, part: Part): Pick<TableStore, 'get'> => ({
  async get(pk, sk) {
    const row = await registry.get(pk, sk)
    return row && 'parts' in row
      ? { ...row, parts: { ...(row['parts'] as object), [GRAPH_PART]: part } }
      : row
  },
})

/** The values of samples at any later time, as the audit of parity opens them. */
const openAudited = ({ lake, models, scene, samples }: ServedWorld) => {
  const served = graphs.map(({ sinceMs, generation }) => ({ sinceMs, generation }))
  const objects = { models, graphs: served }
  const counters = createCounterCache(lake)
  return openSampledValues(lake, scene, FEATURES, [], samples, counters, objects)
}

test('The reader follows links as samples do, before and after a flip', async () => {
  const world = await makeServedWorld('logistic', { more: FEATURES, graphs })
  const pseudonym = createPseudonyms(SECRET, 'feed')
  const people = Array.from({ length: 20 }, (_, n) => `person-${n}`)
  const rawOf = new Map(people.map((raw) => [pseudonym('user', raw), raw]))
  const replay = await world.release(world.full.row)
  const lines: string[] = []
  const open = async ({ generation, links }: ServedGraph) =>
    openReader({
      ...{ scene: 'feed', models: world.models, online: replay.online, valuesMs: 1 },
      registry: withGraph(world.registry, await putLinks(world.models, 'feed', generation, links)),
      identify: (user) => pseudonym('user', user),
      logCells: { share: 1, seed: 1, put: (line) => void lines.push(line) },
      onFault: (fault) => {
        throw fault
      },
      timer: () => () => {},
    })
  const [before, after] = [await open(graphs[0]!), await open(graphs[1]!)]
  const values = new Map(FEATURES.map(({ name }) => [name, new Map<unknown, number>()]))
  for (const { user, item, timeMs, ...cells } of world.samples) {
    await replay.advanceTo(timeMs)
    const reader = timeMs < FLIP_MS ? before : after
    await reader.scoreSlate({ user: rawOf.get(user)!, timeMs, items: [{ item }] })
    const served = JSON.parse(lines.at(-1)!).cells as Record<string, unknown>
    for (const [name, seen] of values) {
      expect([name, served[name]]).toEqual([name, cells[`f_${name}` as keyof typeof cells]])
      seen.set(served[name], (seen.get(served[name]) ?? 0) + 1)
    }
  }
  expect(world.samples.length).toBeGreaterThan(300)
  const audited = await openAudited(world)
  for (const { sample, ...cells } of world.samples) {
    const [again] = sampledCells(FEATURES, [world.events.get(sample)!], audited)
    for (const [name, cell] of Object.entries(again!))
      expect([name, cell]).toEqual([name, cells[`f_${name}` as keyof typeof cells]])
  }
  const seen = (name: string) => [...values.get(name)!.keys()].sort()
  expect(seen('brand')).toEqual([0, 0.5, 1, null])
  expect(seen('after')).toEqual([0, 1, null])
  expect(seen('hops')).toEqual([0, 1, 2, 3, 4, null])
  expect(values.get('closed_brand')).not.toEqual(values.get('brand'))
})
