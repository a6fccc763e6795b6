import { closedName, closingTasks, leavesFiles } from '../closing/cut.ts'
import { type ClosingPlan, closingPlanSchema } from '../contract/accounts.ts'
import {
  cleanEntitiesPrefix,
  closedKey,
  closingPlanKey,
  parseCountersKey,
  parseStatesKey,
  statesDatePrefix,
  statesKey,
  statesPrefix,
} from '../contract/keys.ts'
import {
  CORRECTED_STATE_COLUMNS,
  ENTITY_COLUMNS,
  type EntityRow,
  EVENT_COLUMNS,
  type EventRow,
  STATE_COLUMNS,
  type StateRow,
} from '../contract/rows.ts'
import type { FoldPlan, Series } from '../contract/values.ts'
import { CORRECTIONS_PIECE, type CorrectionRow, correctionsKey } from '../contract/verdicts.ts'
import { CorruptArtifact } from '../core/errors.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { writeParquet } from '../core/parquet.ts'
import { readEach } from '../core/read-each.ts'
import { readRows } from '../core/read-rows.ts'
import { indexCatalogue } from './catalogue.ts'
import { addEvents, catalogueKinds } from './drop-states.ts'
import { listCounters, readsAfter } from './fold-plan.ts'
import type { EntityDeltas } from './open-blocks.ts'
import { isUniversal } from './series.ts'
import type { Catalogues } from './sources.ts'
import { stateRows } from './state-rows.ts'
import { stateKindOf } from './states/states.ts'

/**
 * The states of closed events, for series that are no plain counts: one file for each series and task
 * of a closing. A new series has none for earlier closings, so they are made from `closed/`.
 */

/** One task of a closing whose states are missing for some series. */
export type StatesTask = FoldPlan['states'][number]

/** The state files of a series, of closings after an instant through another. */
export async function listStates(
  lake: ObjectStore,
  scene: string,
  series: string,
  afterMs: number,
  throughMs: number,
): Promise<{ key: string; closedThroughMs: number; piece: number }[]> {
  const from = statesDatePrefix(scene, series, afterMs)
  const listed = await lake.list(statesPrefix(scene, series), from)
  return listed.flatMap(({ key }) => {
    const name = parseStatesKey(key)
    return name && name.closedThroughMs > afterMs && name.closedThroughMs <= throughMs
      ? [{ key, closedThroughMs: name.closedThroughMs, piece: name.piece }]
      : []
  })
}

/**
 * The tasks of closings that lack states of a series. The closing itself is still to be closed, and
 * `correctedMs` is the closing whose corrections are still to be made.
 */
export async function planStates(
  lake: ObjectStore,
  closing: ClosingPlan,
  plan: Omit<FoldPlan, 'shards' | 'states'>,
  correctedMs: number | null = null,
): Promise<StatesTask[]> {
  const { scene, closedThroughMs } = closing
  const others = plan.series.filter((one) => !isUniversal(one))
  if (others.length === 0) return []
  const afterMs = readsAfter(plan)
  const files = await listCounters(lake, scene, afterMs, closedThroughMs)
  const tasks = new Map<string, StatesTask>()
  const add = (task: StatesTask): void =>
    void tasks.set(`${task.closedThroughMs}-${task.piece}`, task)
  for (const { key } of files) add(parseCountersKey(key)!)
  for (const task of closingTasks(closing.pieces)) if (leavesFiles(task)) add(task)
  if (correctedMs !== null) add({ closedThroughMs: correctedMs, piece: CORRECTIONS_PIECE })
  const stored = await readEach(others, ({ id }) =>
    listStates(lake, scene, id, afterMs, closedThroughMs),
  )
  const isStored = ({ closedThroughMs: at, piece }: StatesTask): boolean =>
    stored.every((own) => own.some((one) => one.closedThroughMs === at && one.piece === piece))
  return [...tasks.values()]
    .filter((task) => !isStored(task))
    .map(({ closedThroughMs: at, piece }) => ({ closedThroughMs: at, piece }))
    .sort((a, b) => a.closedThroughMs - b.closedThroughMs || a.piece - b.piece)
}

/** The statements about these entities. */
async function readCatalogue(
  lake: ObjectStore,
  scene: string,
  kind: 'user' | 'item',
  ids: ReadonlySet<string>,
) {
  const listed = await lake.list(cleanEntitiesPrefix(scene, kind === 'user' ? 'users' : 'items'))
  const rows = await readRows<EntityRow>(
    lake,
    listed.map(({ key }) => key),
    { columns: Object.keys(ENTITY_COLUMNS), isWanted: ({ id }) => ids.has(id) },
  )
  return indexCatalogue(rows, 0)
}

/** The closed files of one task of a closing. */
async function closedFilesOf(
  lake: ObjectStore,
  scene: string,
  { closedThroughMs, piece }: StatesTask,
): Promise<string[]> {
  const planKey = closingPlanKey(scene, closedThroughMs)
  const { pieces } = await getJson(lake, planKey, closingPlanSchema)
  const task = closingTasks(pieces).find(
    (one) => one.closedThroughMs === closedThroughMs && one.piece === piece,
  )
  if (!task)
    throw new CorruptArtifact(`${planKey}: has no task ${piece}, expected one by its counters`)
  return task.hours.map((hour) => closedKey(closedName(task, hour)))
}

/** The kept events of one task of a closing. Corrections are a task as well: theirs have a sign. */
export async function readTaskEvents(
  lake: ObjectStore,
  scene: string,
  task: StatesTask,
): Promise<(EventRow | CorrectionRow)[]> {
  const { closedThroughMs, piece } = task
  if (piece === CORRECTIONS_PIECE)
    return readRows<CorrectionRow>(lake, [correctionsKey({ scene, closedThroughMs })])
  const columns = Object.keys(EVENT_COLUMNS)
  return readRows<EventRow>(lake, await closedFilesOf(lake, scene, task), { columns })
}

/**
 * The states of events, by series; `arrivalMs` is that of their drop, if it is one. A series from which nothing can be taken away gets none of
 * corrections.
 */
export function taskStates(
  series: readonly Series[],
  rows: readonly (EventRow | CorrectionRow)[],
  catalogues: Catalogues,
  arrivalMs?: number,
): Map<Series, StateRow[]> {
  const states = new Map<Series, StateRow[]>(series.map((one) => [one, []]))
  for (const [sign, own] of Map.groupBy(rows, (row) => ('sign' in row ? row.sign : null))) {
    const able = series.filter((one) => sign === null || stateKindOf(one).negate !== undefined)
    const deltas: EntityDeltas = new Map()
    addEvents(deltas, able, own, catalogues, arrivalMs)
    for (const one of able)
      for (const row of stateRows(one, deltas))
        states.get(one)!.push(sign === null ? row : { ...row, sign })
  }
  return states
}

/** Writes the states of one task's kept events. A repeat writes the same bytes. Memory: its events. */
export async function writeStates(
  lake: ObjectStore,
  scene: string,
  series: readonly Series[],
  task: StatesTask,
): Promise<number> {
  const others = series.filter((one) => !isUniversal(one))
  const rows = await readTaskEvents(lake, scene, task)
  const kinds = catalogueKinds(others)
  const catalogueOf = (kind: 'user' | 'item') =>
    kinds.includes(kind)
      ? readCatalogue(lake, scene, kind, new Set(rows.map((row) => row[kind])))
      : indexCatalogue([], 0)
  const [items, users] = await Promise.all([catalogueOf('item'), catalogueOf('user')])
  const { closedThroughMs, piece } = task
  const columns = piece === CORRECTIONS_PIECE ? CORRECTED_STATE_COLUMNS : STATE_COLUMNS
  await readEach([...taskStates(others, rows, { items, users })], ([one, states]) =>
    lake.put(
      statesKey({ scene, series: one.id, closedThroughMs, piece }),
      writeParquet(columns, states),
    ),
  )
  return rows.length
}
