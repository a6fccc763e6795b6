import { closingPlanSchema, dropManifestSchema } from '../contract/accounts.ts'
import {
  closingPlanKey,
  deltaKey,
  dropManifestDatePrefix,
  dropManifestKey,
  dropManifestPrefix,
  parseCleanEventsKey,
  parseDropManifestKey,
} from '../contract/keys.ts'
import { COUNTER_COLUMNS, type CounterRow } from '../contract/rows.ts'
import { type FoldPlan, VALUES_SK, valuesPk } from '../contract/values.ts'
import { QuartermasterError } from '../core/errors.ts'
import { findJson, getJson, type ObjectStore } from '../core/objects.ts'
import { readFiles, readRows } from '../core/read-rows.ts'
import type { RowUpdate, TableStore } from '../core/tables.ts'
import { shardOf } from '../math/hash.ts'
import { isNearLine } from './deltas.ts'
import { keptFrom, listCounters, readsAfter } from './fold-plan.ts'
import {
  type ClosedStates,
  type Folding,
  foldRow,
  openFolding,
  type SeriesBuckets,
} from './fold-row.ts'
import { readDelta } from './near-line.ts'
import {
  addCounts,
  type EntityDeltas,
  expiringBy,
  expirySeconds,
  openUpdates,
  universalSeries,
} from './open-blocks.ts'
import { addState, type Buckets } from './states/states.ts'

export interface FoldPorts {
  lake: ObjectStore
  online: TableStore
  scene: string
}
export interface FoldedShard {
  /** Entities of the closings. */
  entities: number
  /** Rows that were changed. The others had taken the closing in already. */
  rows: number
  /** Rows that got the new series of drops that no closing has folded. */
  reopened: number
}

/** Rows that are read, merged and written together. */
const ROWS_AT_ONCE = 2000
/** Tries at a row that other writers fold at the same time. */
const ROUNDS = 10

/** Whether a shard has an entity. */
type IsOwn = (entity: string, id: string) => boolean
const ownedBy =
  (shard: number, shards: number): IsOwn =>
  (entity, id) =>
    shardOf(`${entity}#${id}`, shards) === shard

interface Entity {
  entity: string
  id: string
  states: ClosedStates
}

function bucketsOf(bySeries: SeriesBuckets, id: string): Buckets {
  let buckets = bySeries.get(id)
  if (!buckets) {
    buckets = new Map()
    bySeries.set(id, buckets)
  }
  return buckets
}

/** What the closings after the basis hold of a shard's entities. */
async function readClosed(
  { lake, scene }: FoldPorts,
  { plan, isFilling }: Folding,
  isOwn: IsOwn,
): Promise<Map<string, Entity>> {
  const entities = new Map<string, Entity>()
  const { closedThroughMs, basis } = plan
  const files = await listCounters(lake, scene, readsAfter(plan), closedThroughMs)
  const byEvent = universalSeries(plan.series)
  const add = (row: CounterRow, closingMs: number): void => {
    const series = byEvent.get(`${row.kind}\n${row.event}`)
    if (!series || row.hourMs < keptFrom(series, closedThroughMs)) return
    const isNew = isFilling.has(series.id)
    if (!isNew && closingMs <= (basis?.closedThroughMs ?? Number.NEGATIVE_INFINITY)) return
    const key = `${row.kind}\n${row.id}`
    let found = entities.get(key)
    if (!found) {
      found = { entity: row.kind, id: row.id, states: { later: new Map(), filling: new Map() } }
      entities.set(key, found)
    }
    const { later, filling } = found.states
    let into = filling
    if (!isNew) {
      into = later.get(closingMs) ?? new Map()
      later.set(closingMs, into)
    }
    addState(series, bucketsOf(into, series.id), row.hourMs, row.count)
  }
  const columns = Object.keys(COUNTER_COLUMNS)
  const isWanted = ({ kind, id }: CounterRow): boolean => isOwn(kind, id)
  let file = 0
  const keys = files.map(({ key }) => key)
  for await (const rows of readFiles<CounterRow>(lake, keys, { columns, isWanted })) {
    const closingMs = files[file++]!.closedThroughMs
    for (const row of rows) add(row, closingMs)
  }
  return entities
}

/** Folds rows. Returns how many it changed. A row that another writer changes meanwhile is read again. */
async function foldRows(
  { online, scene }: FoldPorts,
  folding: Folding,
  entities: readonly Entity[],
): Promise<number> {
  const expiresAt = expirySeconds(folding.plan.series, folding.plan.scheduledMs)
  let left = entities
  let changed = 0
  for (let round = 0; left.length > 0; round++) {
    if (round === ROUNDS)
      throw new QuartermasterError(
        `${online.table}: ${left.length} rows of ${scene} were changed by other writers in each of ${ROUNDS} rounds; the fold goes on when it is retried`,
      )
    const keys = left.map(({ entity, id }) => ({ pk: valuesPk(scene, entity, id), sk: VALUES_SK }))
    const rows = await online.getAll(keys, { isConsistent: round > 0 })
    const tries: { entity: Entity; update: RowUpdate }[] = []
    for (const [i, entity] of left.entries()) {
      const what = `${online.table}: a row of ${entity.entity} in ${scene}:`
      const change = foldRow(folding, rows[i] ?? {}, entity.states, what)
      if (change)
        tries.push({ entity, update: { ...keys[i]!, ...change, ...expiringBy(expiresAt) } })
    }
    const made = await online.updateAll(tries.map(({ update }) => update))
    changed += made.filter(Boolean).length
    left = tries.filter((_, i) => !made[i]).map(({ entity }) => entity)
  }
  return changed
}

/** The manifests of drops with hours that the closing does not fold. */
async function findOpenDrops(
  { lake, scene }: FoldPorts,
  { closedThroughMs, arrivedThroughMs }: FoldPlan,
): Promise<string[]> {
  const [closing, listed] = await Promise.all([
    getJson(lake, closingPlanKey(scene, closedThroughMs), closingPlanSchema),
    lake.list(dropManifestPrefix(scene), dropManifestDatePrefix(scene, arrivedThroughMs)),
  ])
  const pending = closing.pending
    .flatMap(({ key }) => parseCleanEventsKey(key) ?? [])
    .map((name) => dropManifestKey(scene, name))
  const later = listed
    .map(({ key }) => key)
    .filter((key) => (parseDropManifestKey(key)?.arrivalMs ?? 0) > arrivedThroughMs)
  return [...new Set([...pending, ...later])].sort()
}

/**
 * Writes the open drops of a shard's entities again, with the series that are new: the near line did
 * not know them when these drops arrived.
 */
async function reopen(ports: FoldPorts, { plan }: Folding, isOwn: IsOwn): Promise<number> {
  const { lake, online, scene } = ports
  const expiresAt = expirySeconds(plan.series, plan.scheduledMs)
  const series = plan.series.filter((one) => one.isNearLine)
  let rows = 0
  for (const manifestKey of await findOpenDrops(ports, plan)) {
    const manifest = await findJson(lake, manifestKey, dropManifestSchema)
    if (!manifest || !isNearLine(manifest)) continue
    const { arrivalMs, drop } = manifest
    const stored = await lake.head(deltaKey({ scene, arrivalMs, drop }))
    const delta = stored
      ? await readRows<never>(lake, [stored.key])
      : await readDelta(lake, manifest)
    const deltas: EntityDeltas = new Map()
    addCounts(
      deltas,
      delta.filter(({ kind, id }) => isOwn(kind, id)),
      series,
    )
    const updates = openUpdates(scene, manifest, deltas, plan, expiresAt)
    await online.updateAll(updates)
    rows += updates.length
  }
  return rows
}

/**
 * Folds one shard of the rows: merges what the closings after the row's mark and the basis hold,
 * drops old hours and folded drops, and marks the row. A retried shard skips the rows that it has
 * marked. Memory: what the closings hold of the shard's entities.
 */
export async function foldShard(
  ports: FoldPorts,
  plan: FoldPlan,
  shard: number,
): Promise<FoldedShard> {
  const folding = openFolding(plan)
  const isOwn = ownedBy(shard, plan.shards)
  const reopened = folding.isFilling.size > 0 ? await reopen(ports, folding, isOwn) : 0
  const entities = [...(await readClosed(ports, folding, isOwn)).values()]
  let rows = 0
  for (let start = 0; start < entities.length; start += ROWS_AT_ONCE)
    rows += await foldRows(ports, folding, entities.slice(start, start + ROWS_AT_ONCE))
  return { entities: entities.length, rows, reopened }
}
