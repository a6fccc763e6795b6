import { COUNTER_COLUMNS, type CounterRow } from '../contract/rows.ts'
import { type FoldPlan, VALUES_SK, valuesPk } from '../contract/values.ts'
import { QuartermasterError } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readFiles } from '../core/read-rows.ts'
import type { RowUpdate, TableStore } from '../core/tables.ts'
import { shardOf } from '../math/hash.ts'
import { listCounters, readsAfter } from './fold-plan.ts'
import {
  addCounters,
  type ClosedEntities,
  type ClosedEntity,
  type Folding,
  foldRow,
  openFolding,
} from './fold-row.ts'
import { expiringBy, expirySeconds } from './open-blocks.ts'
import { findOpenDrops, readOpenDrop, reopenUpdates } from './reopen.ts'

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

/** What the closings after the basis hold of a shard's entities. */
async function readClosed(
  { lake, scene }: FoldPorts,
  folding: Folding,
  isOwn: IsOwn,
): Promise<ClosedEntities> {
  const entities: ClosedEntities = new Map()
  const { plan } = folding
  const files = await listCounters(lake, scene, readsAfter(plan), plan.closedThroughMs)
  const columns = Object.keys(COUNTER_COLUMNS)
  const isWanted = ({ kind, id }: CounterRow): boolean => isOwn(kind, id)
  let file = 0
  const keys = files.map(({ key }) => key)
  for await (const rows of readFiles<CounterRow>(lake, keys, { columns, isWanted }))
    addCounters(entities, folding, files[file++]!.closedThroughMs, rows)
  return entities
}

/** Folds rows. Returns how many it changed. A row that another writer changes meanwhile is read again. */
export async function foldRows(
  { online, scene }: Pick<FoldPorts, 'online' | 'scene'>,
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
  { lake, online, scene }: FoldPorts,
  { plan }: Folding,
  isOwn: IsOwn,
): Promise<number> {
  let rows = 0
  for (const manifestKey of await findOpenDrops(lake, scene, plan)) {
    const drop = await readOpenDrop(lake, scene, manifestKey)
    if (!drop) continue
    const delta = drop.delta.filter(({ kind, id }) => isOwn(kind, id))
    const updates = reopenUpdates(scene, plan, { ...drop, delta })
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
