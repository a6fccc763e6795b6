import { countEvents } from '../../../functions/closing/counters.ts'
import type { EntityRow, EventRow } from '../../../functions/contract/rows.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { floorHour } from '../../../functions/contract/time.ts'
import {
  FOLDED_SK,
  type FoldedRow,
  foldedPk,
  statementOrder,
  VALUES_SK,
  valuesPk,
} from '../../../functions/contract/values.ts'
import type { RowKey, RowUpdate, TableRow } from '../../../functions/core/tables.ts'
import { foldedAfter } from '../../../functions/features/advance.ts'
import { indexCatalogue } from '../../../functions/features/catalogue.ts'
import { dropDelta } from '../../../functions/features/deltas.ts'
import { addEvents } from '../../../functions/features/drop-states.ts'
import { wantedSeries } from '../../../functions/features/fold-plan.ts'
import {
  addClosed,
  addCounters,
  type ClosedEntities,
  type Folding,
  foldRow,
  openFolding,
} from '../../../functions/features/fold-row.ts'
import {
  addCounts,
  type EntityDeltas,
  expirySeconds,
  openUpdates,
} from '../../../functions/features/open-blocks.ts'
import { recordEvents, recordedEvent } from '../../../functions/features/record.ts'
import { isUniversal, seriesOf } from '../../../functions/features/series.ts'
import type { Catalogues } from '../../../functions/features/sources.ts'
import { isFolded } from '../../../functions/features/visibility.ts'
import { openValues } from '../../../functions/reader/values.ts'
import { arrivedThrough } from '../../../functions/registry/timetable.ts'
import type { Closing } from './closings.ts'
import type { Log } from './log.ts'

/** The online table of one scene, in memory: only what the near line, the fold and the reader do. */
interface OnlineTable {
  get(pk: string, sk: string): Promise<TableRow | null>
  getAll(keys: readonly RowKey[]): Promise<(TableRow | null)[]>
  rowOf(pk: string): TableRow
  update(update: RowUpdate): void
}

function createOnlineTable(): OnlineTable {
  const rows = new Map<string, TableRow>()
  return {
    get: async (pk) => rows.get(pk) ?? null,
    getAll: async (keys) => keys.map(({ pk }) => rows.get(pk) ?? null),
    rowOf: (pk) => rows.get(pk) ?? {},
    update({ pk, set = {}, setIfNew = {}, remove = [] }) {
      const row = Object.assign(rows.get(pk) ?? { ...setIfNew }, set)
      for (const name of remove) delete row[name]
      rows.set(pk, row)
    },
  }
}

function writeStatements(table: OnlineTable, scene: Scene, entity: string, rows: EntityRow[]) {
  for (const { id, knowableMs, attributes, drop, row } of rows) {
    const pk = valuesPk(scene.scene, entity, id)
    const previous = table.rowOf(pk)['statement'] ?? null
    const statement = { order: statementOrder({ knowableMs, drop, row }), knowableMs, attributes }
    table.update({ pk, sk: VALUES_SK, set: { statement, previous } })
  }
}

/** Writes a drop near line. Each drop has an attribute of its own. */
function writeDrop(
  table: OnlineTable,
  scene: Scene,
  known: Catalogues,
  folded: FoldedRow | null,
  [arrivalMs, rows]: readonly [number, readonly EventRow[]],
): void {
  const series = seriesOf(scene.features).filter(({ isNearLine }) => isNearLine)
  const deltas: EntityDeltas = new Map()
  addCounts(deltas, dropDelta(rows, arrivalMs), series)
  const others = series.filter((one) => !isUniversal(one))
  addEvents(deltas, others, rows, known, arrivalMs)
  const drop = { arrivalMs, drop: '0'.repeat(32) }
  const expiresAt = expirySeconds(series, arrivalMs)
  for (const update of openUpdates(scene.scene, drop, deltas, folded, expiresAt))
    table.update(update)
}

/** Adds what a closing holds: counters of users and items, and states of all other series. */
function addClosing(
  entities: ClosedEntities,
  folding: Folding,
  known: Catalogues,
  { closedThroughMs, kept }: Closing,
): void {
  addCounters(entities, folding, closedThroughMs, countEvents(kept))
  const others = folding.plan.series.filter((one) => !isUniversal(one))
  if (others.length === 0) return
  const events = kept.map((row) => recordedEvent(row, known))
  for (const blocks of recordEvents(others, events).values())
    for (const [id, block] of blocks)
      for (const { series, buckets } of block.series.values())
        for (const [hourMs, state] of buckets)
          addClosed(entities, folding, closedThroughMs, { series, id, hourMs, state })
}

/** Folds closings into the rows, and moves the scene's mark. Returns the FOLDED row. */
function fold(
  table: OnlineTable,
  scene: Scene,
  known: Catalogues,
  basis: FoldedRow | null,
  closings: readonly Closing[],
): FoldedRow {
  const { closedThroughMs, scheduledMs } = closings.at(-1)!
  const plan = {
    ...{ closedThroughMs, scheduledMs, arrivedThroughMs: arrivedThrough(scheduledMs), basis },
    ...{ series: wantedSeries(scene, basis, scheduledMs), shards: 1, states: [] },
  }
  const folding = openFolding(plan)
  const entities: ClosedEntities = new Map()
  for (const closing of closings) addClosing(entities, folding, known, closing)
  for (const { entity, id, states } of entities.values()) {
    const pk = valuesPk(scene.scene, entity, id)
    const change = foldRow(folding, table.rowOf(pk), states, pk)
    if (change) table.update({ pk, sk: VALUES_SK, ...change })
  }
  const folded = foldedAfter(scene, plan, [])
  table.update({ pk: foldedPk(scene.scene), sk: FOLDED_SK, set: folded })
  return folded
}

/**
 * The reader's view of a log: rows that the code of the near line and of the fold has written by an
 * instant. Before `fromMs` the closings are folded at once, as for new features. Instants must not
 * go back.
 */
export function openOnlineRows(
  scene: Scene,
  log: Log,
  closings: readonly Closing[],
  fromMs: number,
) {
  const table = createOnlineTable()
  const known = { items: indexCatalogue(log.items), users: indexCatalogue(log.users) }
  const before = closings.filter(({ scheduledMs }) => scheduledMs <= fromMs)
  let folded = before.length > 0 ? fold(table, scene, known, null, before) : null
  const open = log.events.filter(
    ({ arrivalMs, timeMs }) => !isFolded({ arrivalMs, hourMs: floorHour(timeMs) }, folded),
  )
  const drops = [...Map.groupBy(open, ({ arrivalMs }) => arrivalMs)]
  const statements = (['item', 'user'] as const).flatMap((entity) =>
    [...Map.groupBy(log[`${entity}s`], ({ drop }) => drop).values()].map((rows) => ({
      atMs: rows[0]!.knowableMs,
      run: () => writeStatements(table, scene, entity, rows),
    })),
  )
  const steps = [
    ...statements,
    ...drops.map((drop) => ({
      atMs: drop[0],
      run: () => writeDrop(table, scene, known, folded, drop),
    })),
    ...closings
      .filter(({ scheduledMs }) => scheduledMs > fromMs)
      .map((closing) => ({
        atMs: closing.scheduledMs,
        run: () => {
          folded = fold(table, scene, known, folded, [closing])
        },
      })),
  ].sort((a, b) => a.atMs - b.atMs)
  let done = 0
  const values = openValues({
    ...{ online: table, scene: scene.scene, valuesMs: 1, maxEntities: 1000 },
    onFault: (fault) => {
      throw fault
    },
  })
  return {
    values,
    /** Writes what arrived, and folds what was closed, by an instant. */
    advanceTo(timeMs: number): void {
      for (; done < steps.length && steps[done]!.atMs <= timeMs; done++) steps[done]!.run()
    },
  }
}
