import type { SampleTask } from '../contract/accounts.ts'
import { type DropManifest, dropManifestSchema } from '../contract/accounts.ts'
import {
  dropManifestKey,
  parseCleanEntitiesKey,
  parseClosedKey,
  parseCountersKey,
  parseOpenDrop,
} from '../contract/keys.ts'
import type { EntityRow, EventRow } from '../contract/rows.ts'
import type { Series } from '../contract/values.ts'
import { findJson, type ObjectStore } from '../core/objects.ts'
import { readFiles, readRows } from '../core/read-rows.ts'
import { indexCatalogue } from '../features/catalogue.ts'
import { isNearLine } from '../features/deltas.ts'
import { recordEvents, recordedEvent } from '../features/record.ts'
import { isUniversal, seriesOf } from '../features/series.ts'
import type { Catalogues } from '../features/sources.ts'
import type { StatesOfClosing, StatesOfDrop } from '../features/state-timeline.ts'
import { countedEvents, createTimeline, type Timeline } from '../features/timeline.ts'
import type { CounterCache } from './counter-cache.ts'
import { eventsCounted, type SampleRecipe } from './recipe.ts'

/** What the values of a task depend on. */
export type ValueTask = Pick<
  SampleTask,
  'scene' | 'shard' | 'shards' | 'entityKeys' | 'counterKeys' | 'stateKeys' | 'drops' | 'exclusions'
>
type IsInShard = (row: { user: string }) => boolean

/** States of the kept events of closings, and of the drops that were open, from their events. */
async function readStates(
  store: ObjectStore,
  task: ValueTask,
  series: readonly Series[],
  catalogues: Catalogues,
  isInShard: IsInShard,
): Promise<{ closedStates: StatesOfClosing[]; openStates: StatesOfDrop[] }> {
  // Only states of other entities than the user need events of other shards.
  const isWanted = series.every(({ entity }) => entity.split('+').includes('user'))
    ? { isWanted: isInShard }
    : {}
  const record = (rows: readonly EventRow[], arrivalMs?: number) =>
    recordEvents(
      series,
      rows.map((row) => recordedEvent(row, catalogues)),
      arrivalMs,
    )
  const closedStates: StatesOfClosing[] = []
  let next = 0
  for await (const rows of readFiles<EventRow>(store, task.stateKeys, isWanted)) {
    const { closedThroughMs } = parseClosedKey(task.stateKeys[next++]!)!
    closedStates.push({ closedThroughMs, states: record(rows) })
  }
  const openStates: StatesOfDrop[] = []
  for (const name of task.drops) {
    const drop = parseOpenDrop(name)!
    const manifest = await findJson(store, dropManifestKey(task.scene, drop), dropManifestSchema)
    if (!manifest || !isNearLine(manifest)) continue
    const keys = manifest.files.map(({ key }: DropManifest['files'][number]) => key)
    const rows = await readRows<EventRow>(store, keys, isWanted)
    openStates.push({ arrivalMs: drop.arrivalMs, states: record(rows, drop.arrivalMs) })
  }
  return { closedStates, openStates }
}

/**
 * Everything that the values of a task's samples are computed from. Memory: the counters of its users
 * and of all items, and the catalogue. Throws ObjectMissing if an input is missing.
 */
export async function openValues(
  store: ObjectStore,
  recipe: SampleRecipe,
  task: ValueTask,
  counters: CounterCache,
  isInShard: IsInShard,
): Promise<Timeline> {
  const entitiesOf = (kind: string): string[] =>
    task.entityKeys.filter((key) => parseCleanEntitiesKey(key)?.kind === kind)
  const series = seriesOf(recipe.features)
  const others = series.filter((one) => !isUniversal(one))
  const itemRows = await readRows<EntityRow>(store, entitiesOf('items'))
  const userRows = await readRows<EntityRow>(
    store,
    entitiesOf('users'),
    others.length > 0 ? {} : { isWanted: ({ id }) => isInShard({ user: id }) },
  )
  const counts = await counters.open({
    scene: task.scene,
    counterKeys: task.counterKeys,
    drops: task.drops,
    filterName: `${task.scene} ${task.shard} of ${task.shards}`,
    isWanted: ({ kind, id }) => kind !== 'user' || isInShard({ user: id }),
  })
  const known = { items: indexCatalogue(itemRows, 0), users: indexCatalogue(userRows, 0) }
  const states =
    others.length > 0 ? await readStates(store, task, others, known, isInShard) : undefined
  const nearLineMs = recipe.visibility.nearLineSeconds * 1000
  return createTimeline({
    rule: { ...recipe.visibility, exclusions: task.exclusions },
    events: eventsCounted(recipe, countedEvents(series)),
    closings: counts.closings.map((coded, i) => ({
      closedThroughMs: parseCountersKey(task.counterKeys[i]!)!.closedThroughMs,
      counts: coded,
    })),
    drops: counts.drops.map((coded, i) => ({
      arrivalMs: parseOpenDrop(task.drops[i]!)!.arrivalMs,
      counts: coded,
    })),
    ...states,
    items: indexCatalogue(itemRows, nearLineMs),
    users: indexCatalogue(userRows, nearLineMs),
  })
}
