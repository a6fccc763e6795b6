import { graphSchema } from '../../functions/contract/graph.ts'
import { closedKey, closingCommitKey } from '../../functions/contract/keys.ts'
import { EVENT_COLUMNS, type EventRow } from '../../functions/contract/rows.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import { DAY_MS, floorHour, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import type { TableRow, TableStore } from '../../functions/core/tables.ts'
import { type FoldedGraph, foldGraph } from '../../functions/graph/fold-graph.ts'
import type { GraphPorts } from '../../functions/graph/ports.ts'
import { loadGraphState, readSnapshot } from '../../functions/graph/state.ts'
import { seededUniform } from '../../functions/math/random.ts'
import type { ReleasedGenerations } from '../../functions/registry/generations.ts'
import { DAY0_MS, makeImpression, makeOutcome } from './events.ts'
import { type MemoryObjects, memoryObjects } from './memory-objects.ts'
import { memoryTable } from './memory-table.ts'
import { makeScene } from './scene.ts'
import { putStatements, type Stated } from './statements.ts'

/** A shop's mapping, and few shards, so that a test is fast. */
export const SHOP_GRAPH = {
  catalogue: {
    title: { relation: 'name' },
    brand: { relation: 'has-brand', entity: 'brand' },
    category: { relation: 'in-category', entity: 'category', pathSeparator: ' > ' },
    weight: { relation: 'weight', unit: 'g' },
    alias: { relation: 'alias' },
  },
  behaviour: { views: ['click'], purchases: [], lookbackDays: 14, minUsers: 3 },
  links: ['has-brand', 'in-category'],
  shards: 8,
}

export interface GraphWorld {
  lake: MemoryObjects
  models: MemoryObjects
  online: TableStore
  /** Of the table `online`. */
  rows: Map<string, TableRow>
  scene: Scene
}

export function graphWorld(graph: object = SHOP_GRAPH, scene: Partial<Scene> = {}): GraphWorld {
  const rows = new Map<string, TableRow>()
  return {
    ...{ lake: memoryObjects('lake'), models: memoryObjects('models') },
    ...{ rows, online: memoryTable('online', rows) },
    scene: makeScene({ graph: graphSchema.parse(graph), ...scene }),
  }
}

const BRANDS = ['Acme', 'Bolt', 'Cord', 'Dune']
const SHELVES = ['Kitchen > Knives', 'Kitchen > Pans', 'Garden > Tools']

/** An item of the shop, by its number. */
export const shopItem = (n: number, attributes: Stated['attributes'] = {}): Stated => ({
  ...{ id: `i${n}`, timeMs: DAY0_MS },
  attributes: {
    ...{ title: `Thing ${n}`, brand: BRANDS[n % BRANDS.length]! },
    ...{ category: SHELVES[n % SHELVES.length]!, weight: `${n + 1}00 g` },
    ...attributes,
  },
})
export const shopItems = (numbers: readonly number[]): Stated[] => numbers.map((n) => shopItem(n))
export const firstNumbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

/** Drops statements at an hour of the world. */
export const dropItems = (world: GraphWorld, hour: number, items: readonly Stated[]) =>
  putStatements(world.lake, 'items', atHour(hour) - HOUR_MS + MINUTE_MS, items)
export const dropDocuments = (world: GraphWorld, hour: number, documents: readonly Stated[]) =>
  putStatements(world.lake, 'documents', atHour(hour) - HOUR_MS + MINUTE_MS, documents)

/** A scheduled time. What was dropped at this hour has arrived by then. */
export const atHour = (hour: number): number => DAY0_MS + 7 * DAY_MS + hour * HOUR_MS

/** Closes a week of clicks: users look at items of one group of three together. */
export async function closeClicks({ lake }: GraphWorld, users = 60, items = 12): Promise<void> {
  const uniform = seededUniform(3)
  const rows = firstNumbers(users).flatMap((user): EventRow[] => {
    const group = 3 * Math.floor((uniform() * items) / 3)
    const timeMs = DAY0_MS + Math.floor(uniform() * 6 * DAY_MS)
    const request = `r${user}`
    const about = { user: `u${user}`, request }
    const shown = makeImpression({
      ...{ ...about, item: `i${group}`, timeMs, event: `s${user}` },
      context: JSON.stringify({ query: `group ${group}` }),
    })
    return [
      shown,
      ...[0, 1, 2].map((n) =>
        makeOutcome({
          ...{ ...about, item: `i${group + n}`, timeMs: timeMs + n * 1000, event: `c${user}-${n}` },
        }),
      ),
    ]
  })
  const closedThroughMs = DAY0_MS + 6 * DAY_MS + 18 * HOUR_MS
  for (const [hourMs, own] of Map.groupBy(rows, ({ timeMs }) => floorHour(timeMs))) {
    const key = closedKey({ scene: 'feed', hourMs, closedThroughMs, accepted: own.length })
    await lake.put(key, writeParquet(EVENT_COLUMNS, own))
  }
  await lake.put(closingCommitKey('feed', closedThroughMs), '{}')
}

/** Another world that is like this one by now. */
export function copyGraphWorld(world: GraphWorld): GraphWorld {
  const rows = new Map(world.rows)
  const copy = ({ bucket, contents }: MemoryObjects): MemoryObjects => {
    const objects = memoryObjects(bucket)
    for (const [key, { body }] of contents) objects.drop(key, body)
    return objects
  }
  return {
    ...{ ...world, rows, online: memoryTable('online', rows) },
    ...{ lake: copy(world.lake), models: copy(world.models) },
  }
}

export const graphPorts = (world: GraphWorld, change: Partial<GraphPorts> = {}): GraphPorts => ({
  ...{ ...world, codeDigest: 'code', model: null },
  ...change,
})
export const foldAt = (
  world: GraphWorld,
  hour: number,
  change: Partial<GraphPorts> = {},
  released?: ReleasedGenerations,
): Promise<FoldedGraph> => foldGraph(graphPorts(world, change), atHour(hour), released)

/** The shards of a generation's graph, and the rows of its entities by id. */
export async function graphOfWorld(world: GraphWorld, generation: string) {
  const state = (await loadGraphState(world.online, 'feed', generation))!
  const { claims, facts, sources, withdrawn } = await readSnapshot(world.models, state)
  const suffix = `\nENTITY#${generation}`
  const rows = Object.fromEntries(
    [...world.rows]
      .filter(([key]) => key.endsWith(suffix))
      .map(([key, row]): [string, TableRow] => [
        key.slice('feed#entity#'.length, -suffix.length),
        row,
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
  return { state, snapshot: { claims, facts, sources, withdrawn }, rows }
}

/** Says that an item is gone. */
export const gone = (n: number) => ({ id: `i${n}`, timeMs: atHour(0), attributes: { gone: true } })
export const shopText = (id: string, words: string) => ({ id, timeMs: atHour(0), text: words })
/** A scene whose statements can say that an entity is gone. */
export const graphWorldWithGoing = (graph: object = SHOP_GRAPH): GraphWorld => {
  const world = graphWorld(graph)
  world.scene.documents = { ...DOCUMENTS }
  return world
}
const DOCUMENTS = { maxWords: 400, minWords: 100, topLevels: 2, overlapWords: 0, goneIf: 'gone' }

/** A shop of 40 items and two documents, built. */
export async function builtGraphWorld() {
  const world = graphWorldWithGoing()
  await dropItems(world, 0, shopItems(firstNumbers(40)))
  await dropDocuments(world, 0, [
    shopText('d1', 'Acme makes Thing 3.'),
    shopText('d2', 'Bolt and Cord.'),
  ])
  const { generation } = await foldAt(world, 0)
  return { world, generation: generation! }
}

/** What happens after the build, hour by hour. */
export const GRAPH_CHANGES: ((world: GraphWorld, hour: number) => Promise<unknown>)[] = [
  (world, hour) => dropItems(world, hour, [shopItem(3, { brand: 'Dune' }), shopItem(50)]),
  (world, hour) => dropItems(world, hour, [gone(7), shopItem(8, { weight: '2 kg' })]),
  (world, hour) =>
    dropDocuments(world, hour, [shopText('d1', 'Now it is Cord that makes Thing 4.')]),
  (world, hour) => dropItems(world, hour, [shopItem(7, { category: 'Garden' })]),
  (world, hour) =>
    dropDocuments(world, hour, [{ ...shopText('d2', ''), attributes: { gone: true } }]),
]
