import { readCounters } from '../closing/read-counters.ts'
import type { StateRow } from '../contract/rows.ts'
import type { Scene } from '../contract/scene.ts'
import { type FoldPlan, type Series, VALUES_SK, valuesPk } from '../contract/values.ts'
import { QuartermasterError } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readFiles } from '../core/read-rows.ts'
import type { RowUpdate, TableStore } from '../core/tables.ts'
import { shardOf } from '../math/hash.ts'
import { listCounters, readsAfter } from './fold-plan.ts'
import {
  addClosed,
  addCounters,
  type ClosedEntities,
  type ClosedEntity,
  type Folding,
  foldRow,
  openFolding,
} from './fold-row.ts'
import { loadFolded } from './near-line.ts'
import { expiringBy, expirySeconds } from './open-blocks.ts'
import { findOpenDrops, readOpenDrop, reopenedSeries, reopenUpdates } from './reopen.ts'
import { isUniversal } from './series.ts'
import { stateOf } from './state-rows.ts'
import { listStates } from './states.ts'

export interface FoldPorts {
  lake: ObjectStore
  online: TableStore
  /** As it is deployed, which may be later than the plan. */
  scene: Scene
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

/** Adds what the state files of a series hold of a shard's entities. */
async function addStates(
  entities: ClosedEntities,
  lake: ObjectStore,
  folding: Folding,
  series: Series,
  isOwn: IsOwn,
  scene: string,
): Promise<void> {
  const { plan } = folding
  const files = await listStates(lake, scene, series.id, readsAfter(plan), plan.closedThroughMs)
  const keys = files.map(({ key }) => key)
  const isWanted = ({ id }: StateRow): boolean => isOwn(series.entity, id)
  let file = 0
  for await (const rows of readFiles<StateRow>(lake, keys, { isWanted })) {
    const { key, closedThroughMs } = files[file++]!
    for (const row of rows) {
      const state = stateOf(series, row, key)
      addClosed(entities, folding, closedThroughMs, { series, ...row, state })
    }
  }
}

/** What the closings after the basis hold of a shard's entities. */
async function readClosed(
  { lake, scene: { scene } }: FoldPorts,
  folding: Folding,
  isOwn: IsOwn,
): Promise<ClosedEntities> {
  const entities: ClosedEntities = new Map()
  const { plan } = folding
  const files = await listCounters(lake, scene, readsAfter(plan), plan.closedThroughMs)
  let file = 0
  const keys = files.map(({ key }) => key)
  for await (const rows of readCounters(lake, keys, ({ kind, id }) => isOwn(kind, id)))
    addCounters(entities, folding, files[file++]!.closedThroughMs, rows)
  for (const series of plan.series.filter((one) => !isUniversal(one)))
    await addStates(entities, lake, folding, series, isOwn, scene)
  return entities
}

/** Folds rows. Returns how many it changed. A row that another writer changes meanwhile is read again. */
export async function foldRows(
  online: TableStore,
  scene: string,
  folding: Folding,
  entities: readonly ClosedEntity[],
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
    const tries: { entity: ClosedEntity; update: RowUpdate }[] = []
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

/** Writes the open drops of a shard's entities again, with the new series. */
async function reopen(
  { lake, online, scene: deployed }: FoldPorts,
  { plan }: Folding,
  isOwn: IsOwn,
): Promise<number> {
  const { scene } = deployed
  const series = reopenedSeries(plan, deployed, await loadFolded(online, scene))
  let rows = 0
  for (const manifestKey of await findOpenDrops(lake, scene, plan)) {
    const drop = await readOpenDrop({ lake, online }, manifestKey, series)
    if (!drop) continue
    for (const [key, { entity, id }] of drop.deltas) if (!isOwn(entity, id)) drop.deltas.delete(key)
    const updates = reopenUpdates(scene, plan, drop)
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
    rows += await foldRows(
      ports.online,
      ports.scene.scene,
      folding,
      entities.slice(start, start + ROWS_AT_ONCE),
    )
  return { entities: entities.length, rows, reopened }
}
