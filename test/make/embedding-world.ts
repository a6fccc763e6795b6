import { type EmbeddingsDefinition, embeddingsSchema } from '../../functions/contract/embeddings.ts'
import { closedKey, closingCommitKey } from '../../functions/contract/keys.ts'
import { EVENT_COLUMNS, type EventRow } from '../../functions/contract/rows.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import { DAY_MS, floorHour, HOUR_MS } from '../../functions/contract/time.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import type { TableRow, TableStore } from '../../functions/core/tables.ts'
import { type EmbedPorts, embedScene } from '../../functions/embeddings/embed.ts'
import { placeScene } from '../../functions/embeddings/place.ts'
import { trainSpaces } from '../../functions/embeddings/train-spaces.ts'
import { seededUniform } from '../../functions/math/random.ts'
import type { ReleasedGenerations } from '../../functions/registry/generations.ts'
import { DAY0_MS, makeOutcome } from './events.ts'
import { type MemoryObjects, memoryObjects } from './memory-objects.ts'
import { memoryTable } from './memory-table.ts'
import { makeScene } from './scene.ts'
import { putStatements } from './statements.ts'

const TASTES = 6
const WORDS = ['match goal league', 'album guitar choir', 'oven bread spice'].concat(
  ...[['island train coast'], ['orbit fossil genome'], ['novel memoir poetry']],
)
const named = (kind: string, n: number): string => `${kind}${String(n).padStart(4, '0')}`

/** A small definition, so that a test trains in a second. */
export const SMALL: EmbeddingsDefinition = embeddingsSchema.parse({
  dimensions: 16,
  graph: { lookbackDays: 28, halfLifeDays: 14, attributes: ['category'] },
  walks: { perNode: 20, length: 20 },
  text: ['attributes.title'],
  contentDimensions: 64,
  lists: { size: 10, category: 'category', segment: 'segment' },
})

export interface EmbeddingWorld {
  lake: MemoryObjects
  models: MemoryObjects
  online: TableStore
  /** Of the table `online`. */
  rows: Map<string, TableRow>
  scene: Scene
}

export interface Act {
  user: string
  item: string
  timeMs: number
}

/** Users and items have one taste of six by their number. One act in eight is against it. */
export function drawActs(days: readonly number[], users: number, items: number, seed = 1): Act[] {
  const uniform = seededUniform(seed)
  return days.flatMap((day) =>
    Array.from({ length: users }, (_, user) => user).flatMap((user) =>
      Array.from({ length: 2 }, () => {
        const taste = uniform() < 0.875 ? user % TASTES : Math.floor(uniform() * TASTES)
        const item = TASTES * Math.floor((uniform() ** 1.5 * items) / TASTES) + taste
        const timeMs = DAY0_MS + day * DAY_MS + Math.floor(uniform() * 23 * HOUR_MS)
        return { user: named('u', user), item: named('i', item), timeMs }
      }),
    ),
  )
}

/** Closes the hours of some acts, as a closing through this time does. */
export async function closeActs(
  { lake }: Pick<EmbeddingWorld, 'lake'>,
  acts: readonly Act[],
  closedThroughMs: number,
): Promise<void> {
  const rows = acts.map((act, row): EventRow => makeOutcome({ ...act, row, event: `e${row}` }))
  for (const [hourMs, own] of Map.groupBy(rows, ({ timeMs }) => floorHour(timeMs))) {
    const key = closedKey({ scene: 'feed', hourMs, closedThroughMs, accepted: own.length })
    await lake.put(key, writeParquet(EVENT_COLUMNS, own))
  }
  await lake.put(closingCommitKey('feed', closedThroughMs), '{}')
}

/** States items of the catalogue: their category and title say their taste. */
export const stateItems = (
  { lake }: Pick<EmbeddingWorld, 'lake'>,
  numbers: readonly number[],
  timeMs: number,
): Promise<string> =>
  putStatements(
    lake,
    'items',
    timeMs,
    numbers.map((n) => ({
      ...{ id: named('i', n), timeMs },
      attributes: { category: `c${n % TASTES}`, title: `${WORDS[n % TASTES]} ${n}` },
    })),
  )

export function embeddingWorld(definition: EmbeddingsDefinition = SMALL): EmbeddingWorld {
  const rows = new Map<string, TableRow>()
  return {
    ...{ lake: memoryObjects('lake'), models: memoryObjects('models') },
    ...{ rows, online: memoryTable('online', rows) },
    scene: makeScene({ embeddings: definition }),
  }
}

/** Another world that is like this one by now. */
export function copyWorld(world: EmbeddingWorld): EmbeddingWorld {
  const rows = new Map(world.rows)
  const copied = { ...world, rows, online: memoryTable('online', rows) }
  const copy = ({ bucket, contents }: MemoryObjects): MemoryObjects => {
    const objects = memoryObjects(bucket)
    for (const [key, { body }] of contents) objects.drop(key, body)
    return objects
  }
  return { ...copied, lake: copy(world.lake), models: copy(world.models) }
}

/** A week of events of a settled catalogue. */
export async function oneWeek(definition: EmbeddingsDefinition = SMALL): Promise<EmbeddingWorld> {
  const world = embeddingWorld(definition)
  await stateItems(
    world,
    Array.from({ length: 120 }, (_, n) => n),
    DAY0_MS,
  )
  const acts = drawActs([0, 1, 2, 3, 4, 5, 6], 150, 120)
  await closeActs(world, acts, DAY0_MS + 7 * DAY_MS)
  return world
}

/** The time at which a build of a day is scheduled: its hours are closed then. */
export const atDay = (day: number): number => DAY0_MS + day * DAY_MS + 6 * HOUR_MS

export const portsOf = (world: EmbeddingWorld, change: Partial<EmbedPorts> = {}): EmbedPorts => ({
  ...world,
  codeDigest: 'code',
  train: async ({ graphs, scene }) => ({
    ...{ result: 'trained', graphs },
    vectors: trainSpaces(graphs, scene.embeddings!),
  }),
  ...change,
})
export const embedAt = (
  world: EmbeddingWorld,
  day: number,
  change: Partial<EmbedPorts> = {},
  released?: ReleasedGenerations,
) => embedScene(portsOf(world, change), atDay(day), released)
export const placeAt = (world: EmbeddingWorld, timeMs: number) => placeScene(world, timeMs)
