import {
  FOLDED_SK,
  type FoldedRow,
  foldedPk,
  foldedRowSchema,
  VALUES_SK,
  valuesPk,
} from '../contract/values.ts'
import type { TableRow, TableStore } from '../core/tables.ts'
import { type EntityValues, openEntity } from './entity-values.ts'

/** An entity as in `contract/features.ts`, and its id. The ids of a pair are joined by U+001F. */
export type Entity = readonly [entity: string, id: string]
export const keyOf = ([entity, id]: Entity): string => `${entity}\n${id}`

/** Names an entity in a fault: the id of a user is not printed. */
const namedIn = ([entity, id]: Entity): string =>
  /\buser\b/.test(entity) ? `one ${entity}` : `${entity} ${id}`

interface Cached<Value> {
  /** The time of the slate that it was read for. */
  readMs: number
  value: Promise<Value>
}

export interface CacheOptions {
  online: Pick<TableStore, 'get' | 'getAll'>
  scene: string
  /** Values of this age are read again. Ages follow from the times of the requests. */
  valuesMs: number
  /** Size of the cache of entities: about 3 KB each with a week of four busy series. */
  maxEntities: number
  onFault: (fault: unknown, during: string) => void
}
interface CacheState extends CacheOptions {
  /** In order of use: the last entry is the most recently used. */
  entities: Map<string, Cached<EntityValues>>
  folded: Cached<FoldedRow | null> | null
}

const isFresh = ({ valuesMs }: CacheState, readMs: number, timeMs: number): boolean =>
  Math.abs(timeMs - readMs) < valuesMs

/** After a failed read the value before it stays in use, and the next slate reads again. */
function readAgain<Value>(
  before: Cached<Value> | null | undefined,
  timeMs: number,
  read: Promise<Value>,
): Cached<Value> {
  const cached: Cached<Value> = {
    readMs: timeMs,
    value: read.catch((fault) => {
      cached.readMs = -Infinity
      if (!before) throw fault
      return before.value
    }),
  }
  return cached
}

function readFolded(state: CacheState, timeMs: number): Promise<FoldedRow | null> {
  const { online, scene, folded: before, onFault } = state
  if (before && isFresh(state, before.readMs, timeMs)) return before.value
  const read = online
    .get(foldedPk(scene), FOLDED_SK)
    .then((row) => row && foldedRowSchema.parse(row))
  if (before) read.catch((fault) => onFault(fault, `reading what ${scene} has folded`))
  state.folded = readAgain(before, timeMs, read)
  return state.folded.value
}

/**
 * The rows of some entities in their order, and the mark that was known before they were read. A row
 * that was read later holds at least what that mark says. With a later mark, open entries of a row
 * that is not folded yet would be left out.
 */
async function readRows(
  state: CacheState,
  entities: readonly Entity[],
  timeMs: number,
): Promise<{ folded: FoldedRow | null; rows: (TableRow | null)[] }> {
  const { online, scene } = state
  const folded = await readFolded(state, timeMs)
  const keys = entities.map((entity) => ({ pk: valuesPk(scene, ...entity), sk: VALUES_SK }))
  return { folded, rows: await online.getAll(keys) }
}

/** Starts one read of these entities, which later slates share. */
function startRead(state: CacheState, entities: readonly Entity[], timeMs: number): void {
  const { onFault } = state
  const read = readRows(state, entities, timeMs)
  if (entities.some((entity) => state.entities.has(keyOf(entity))))
    read.catch((fault) => onFault(fault, `reading the values of ${entities.length} entities`))
  entities.forEach((entity, n) => {
    const key = keyOf(entity)
    const value = read.then(({ folded, rows }) => {
      const report = (fault: unknown): void => onFault(fault, `reading ${namedIn(entity)}`)
      return openEntity(rows[n] ?? {}, folded, report)
    })
    state.entities.set(key, readAgain(state.entities.get(key), timeMs, value))
  })
}

/**
 * A cache of the most recently used entities. All entities of a call that are not cached cost one
 * batched read, which concurrent slates share. After a failed read the cached values stay in use and
 * the fault is reported; without cached values the fault is thrown.
 */
export function createEntityCache(options: CacheOptions) {
  const state: CacheState = { ...options, entities: new Map(), folded: null }
  return async (entities: readonly Entity[], timeMs: number): Promise<EntityValues[]> => {
    const stale = entities.filter((entity) => {
      const cached = state.entities.get(keyOf(entity))
      return !cached || !isFresh(state, cached.readMs, timeMs)
    })
    if (stale.length > 0) startRead(state, stale, timeMs)
    const values = entities.map((entity) => {
      const key = keyOf(entity)
      const cached = state.entities.get(key)!
      state.entities.delete(key)
      state.entities.set(key, cached)
      return cached.value
    })
    for (const key of state.entities.keys()) {
      if (state.entities.size <= state.maxEntities) break
      state.entities.delete(key)
    }
    return Promise.all(values)
  }
}
