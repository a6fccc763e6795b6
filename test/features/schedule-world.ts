import { countEvents } from '../../functions/closing/counters.ts'
import type { CounterRow, EventRow } from '../../functions/contract/rows.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import { HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import {
  type FoldPlan,
  openAttribute,
  parseOpenAttribute,
  VALUES_SK,
  valuesPk,
} from '../../functions/contract/values.ts'
import type { RowUpdate, TableRow, TableStore } from '../../functions/core/tables.ts'
import { advance } from '../../functions/features/advance.ts'
import { dropDelta } from '../../functions/features/deltas.ts'
import { foldRows } from '../../functions/features/fold.ts'
import { isFilled, readsAfter, wantedSeries } from '../../functions/features/fold-plan.ts'
import { addCounters, type ClosedEntities, openFolding } from '../../functions/features/fold-row.ts'
import { keptSeries, loadFolded } from '../../functions/features/near-line.ts'
import {
  addCounts,
  type EntityDeltas,
  expirySeconds,
  openUpdates,
} from '../../functions/features/open-blocks.ts'
import { reopenedSeries, reopenUpdates } from '../../functions/features/reopen.ts'
import { arrivedThrough, closableThrough } from '../../functions/registry/timetable.ts'
import { DAY0_MS } from '../make/events.ts'
import { closeListed, type ListedClosing, type ListedDrop, type ListedEvent } from './event-list.ts'

/** What happened in one world so far, beside its table. Steps change it; the oracle reads it. */
export interface World {
  table: TableStore
  scene: Scene
  /** The features after a switch. */
  later: Scene['features']
  landed: Set<ListedDrop>
  closings: ListedClosing[]
  plans: FoldPlan[]
  ended: Set<FoldPlan>
  excluded: { fromMs: number; throughMs: number; timeMs: number; reason: string }[]
  /** As the last advance wrote it. */
  folded: { plan: FoldPlan; excluded: World['excluded'] } | null
  /** The drops in each row, and the newest fold of each row. */
  written: Map<string, Set<string>>
  rowPlans: Map<string, FoldPlan>
}
/** One for all kills: thousands of stack traces take longer than what they stop. */
const KILLED = new Error('killed')

/** The table as one writer sees it: it records what is written, and kills the writer after some rows. */
function tableOf(world: World, kills: number | null, plan: FoldPlan | null): TableStore {
  let left = kills ?? Number.POSITIVE_INFINITY
  const record = ({ pk, set = {} }: RowUpdate): void => {
    for (const name of Object.keys(set))
      if (parseOpenAttribute(name))
        world.written.set(pk, (world.written.get(pk) ?? new Set()).add(name))
    if ('folded' in set) world.rowPlans.set(pk, plan!)
  }
  return {
    ...world.table,
    async updateAll(updates) {
      const made: boolean[] = []
      for (const update of updates) {
        if (left-- <= 0) throw KILLED
        const [isMade] = await world.table.updateAll([update])
        if (isMade) record(update)
        made.push(isMade!)
      }
      return made
    },
  }
}
async function untilKilled(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (error !== KILLED) throw error
  }
}

const rowOf = ({ event, timeMs, user, item }: ListedEvent) => ({
  ...{ timeMs, user, item, outcome: event },
  type: event === 'impression' ? 'impression' : 'outcome',
})
const deltaOf = ({ arrivalMs, events }: ListedDrop) => dropDelta(events.map(rowOf), arrivalMs)
const countersOf = ({ kept }: ListedClosing): CounterRow[] =>
  countEvents(kept.map((event) => rowOf(event) as EventRow))

export async function deliver(world: World, drop: ListedDrop, kills: number | null): Promise<void> {
  world.landed.add(drop)
  const { scene } = world
  const table = tableOf(world, kills, null)
  const folded = await loadFolded(table, scene.scene)
  const series = keptSeries(scene, folded)
  const deltas: EntityDeltas = new Map()
  addCounts(deltas, deltaOf(drop), series)
  const name = { arrivalMs: drop.arrivalMs, drop: drop.name }
  const expiresAt = expirySeconds(series, drop.arrivalMs)
  const updates = openUpdates(scene.scene, name, deltas, folded, expiresAt)
  await untilKilled(async () => void (await table.updateAll(updates)))
}

export function close(world: World): void {
  const { scene, closings } = world
  const hour = closings.length + 2
  const scheduledMs = DAY0_MS + hour * HOUR_MS + scene.tiers.hourly!.minuteUtc * MINUTE_MS
  const next = {
    scheduledMs,
    closedThroughMs: closableThrough(scene, scheduledMs),
    arrivedThroughMs: arrivedThrough(scheduledMs),
  }
  closings.push(closeListed(closings, [...world.landed], next))
}

/** Plans a fold of the newest closing, as `planFold` does from the lake. */
export async function plan(world: World): Promise<void> {
  const closing = world.closings.at(-1)
  if (!closing) return
  const basis = await loadFolded(world.table, world.scene.scene)
  const series = wantedSeries(world.scene, basis, closing.scheduledMs)
  const isWhole = series.every((one) => isFilled(one, basis))
  if (basis && isWhole && basis.closedThroughMs >= closing.closedThroughMs) return
  const { kept: _, ...mark } = closing
  world.plans.push({ ...mark, basis, series, shards: 1, states: [] })
}

/** Folds by a plan that some run made; it may be an old one that is retried. */
export async function fold(world: World, at: number, kills: number | null): Promise<void> {
  const chosen = world.plans.at(-1 - (at % Math.max(1, world.plans.length)))
  if (!chosen) return
  const { scene } = world.scene
  const table = tableOf(world, kills, chosen)
  const folding = openFolding(chosen)
  await untilKilled(async () => {
    const series = reopenedSeries(chosen, world.scene, await loadFolded(table, scene))
    if (folding.isFilling.size > 0)
      for (const drop of world.landed) {
        const deltas: EntityDeltas = new Map()
        addCounts(deltas, deltaOf(drop), series)
        const name = { arrivalMs: drop.arrivalMs, drop: drop.name }
        await table.updateAll(reopenUpdates(scene, chosen, { name, deltas }))
      }
    const entities: ClosedEntities = new Map()
    for (const closing of world.closings)
      if (closing.closedThroughMs > readsAfter(chosen))
        if (closing.closedThroughMs <= chosen.closedThroughMs)
          addCounters(entities, folding, closing.closedThroughMs, countersOf(closing))
    await foldRows(table, scene, folding, [...entities.values()])
    world.ended.add(chosen)
  })
}

/** Moves the mark to each fold that has ended, in any order of their ends. */
export async function advanceAll(world: World): Promise<void> {
  for (const ended of world.ended) {
    const excluded = [...world.excluded]
    if (await advance(world.table, world.scene, ended, excluded))
      world.folded = { plan: ended, excluded }
  }
}

export interface Served {
  row: TableRow | null
  mark: FoldPlan
  drops: ListedDrop[]
}
/** What a reader finds for an entity after the first fold, and what the lists know of its row. */
export async function look(world: World, entity: string, id: string): Promise<Served> {
  const pk = valuesPk(world.scene.scene, entity, id)
  const row = await world.table.get(pk, VALUES_SK)
  const own = world.rowPlans.get(pk)
  const shared = world.folded!.plan
  const mark = own && own.closedThroughMs > shared.closedThroughMs ? own : shared
  const names = world.written.get(pk)
  const drops = [...world.landed].filter(({ arrivalMs, name }) =>
    names?.has(openAttribute(arrivalMs, name)),
  )
  return { row, mark, drops }
}
