import {
  type BucketRow,
  bucketRowSchema,
  bucketSk,
  entityPk,
  STATEMENT_SK,
  statementRowSchema,
} from '../contract/registry.ts'
import type { CounterRow } from '../contract/rows.ts'
import { MAX_LATE_ARRIVAL_MS } from '../contract/scene.ts'
import { floorHour, HOUR_MS } from '../contract/time.ts'
import { readEach } from '../core/read-each.ts'
import type { TableRow, TableStore } from '../core/tables.ts'
import { type AsOfCounts, createCountIndex, type Knowledge } from '../features/as-of-counts.ts'
import { type Catalogue, indexCatalogue } from '../features/catalogue.ts'

type EntityKind = 'user' | 'item'
type Entity = [kind: EntityKind, id: string]
const keyOf = ([kind, id]: Readonly<Entity>): string => `${kind}\n${id}`

/** The online values of one user or item. */
export interface EntityValues {
  counts: AsOfCounts
  catalogue: Catalogue
}

function* countersOf(kind: EntityKind, id: string, { counts }: BucketRow): Iterable<CounterRow> {
  for (const [event, hours] of Object.entries(counts))
    for (const [hour, count] of Object.entries(hours))
      yield { kind, id, event, hourMs: Number(hour) * HOUR_MS, count }
}

/** Rows of one entity's partition → its counts by hour, and its newest statement. Pure. */
export function entityValues(
  kind: EntityKind,
  id: string,
  rows: readonly (TableRow & { sk: string })[],
): EntityValues {
  const counts = createCountIndex()
  const statements = []
  for (const { sk, ...row } of rows)
    if (sk === STATEMENT_SK) statements.push({ id, ...statementRowSchema.parse(row) })
    else counts.add(countersOf(kind, id, bucketRowSchema.parse(row)))
  return {
    counts,
    catalogue: indexCatalogue(statements.map((row) => ({ ...row, ...ONLY }))),
  }
}
/** A single statement needs no order, and no feature reads title and text. */
const ONLY = { drop: '', row: 0, title: null, text: null }

/** The first closing to read: late arrivals of an earlier one were knowable before the window began. */
const readFrom = (timeMs: number, windowMs: number): number =>
  Math.max(0, floorHour(timeMs) - windowMs - MAX_LATE_ARRIVAL_MS)

/** The knowledge for one slate: the values of its user and items. */
function knowledgeOf(found: ReadonlyMap<string, EntityValues>): Knowledge {
  const valuesOf = (kind: EntityKind, id: string): EntityValues | undefined =>
    found.get(keyOf([kind, id]))
  const catalogue = (kind: EntityKind): Catalogue => ({
    attributesOf: (id, timeMs) => valuesOf(kind, id)?.catalogue.attributesOf(id, timeMs) ?? null,
  })
  return {
    counts: {
      count: (kind, id, event, timeMs, windowHours) =>
        valuesOf(kind as EntityKind, id)?.counts.count(kind, id, event, timeMs, windowHours) ?? 0,
    },
    items: catalogue('item'),
    users: catalogue('user'),
  }
}

interface CachedValues {
  /** The time of the slate that they were read for. */
  readMs: number
  /** The first closing that was read. */
  fromMs: number
  values: Promise<EntityValues>
}
export interface ValueOptions {
  online: Pick<TableStore, 'queryFrom'>
  scene: string
  /** Values of this age are read again. Ages follow from the times of the requests. */
  valuesMs: number
  /** Size of the cache of entities: about 20 KB each with a week of hourly closings. */
  maxEntities: number
  onFault: (fault: unknown, during: string) => void
}
export interface OnlineValues {
  /** The values of a user and items at an instant, with windows up to `windowMs`. */
  know(user: string, items: readonly string[], timeMs: number, windowMs: number): Promise<Knowledge>
}

/**
 * Reads online values through a cache of the most recently used entities. Each entity that is not
 * cached costs one query, so a slate of n items costs at most n + 1. Sixteen queries run at once, and
 * concurrent slates share a query. After a failed query the cached values stay in use and the fault
 * is reported; without cached values the fault is thrown.
 */
export function openValues(options: ValueOptions): OnlineValues {
  const { online, scene, valuesMs, maxEntities, onFault } = options
  const cache = new Map<string, CachedValues>()

  function read(
    [kind, id]: Entity,
    timeMs: number,
    windowMs: number,
    before: CachedValues | undefined,
  ): CachedValues {
    const fromMs = readFrom(timeMs, windowMs)
    const rows = online.queryFrom(entityPk(scene, kind, id), bucketSk(fromMs))
    const cached: CachedValues = {
      readMs: timeMs,
      fromMs,
      values: rows
        .then((found) => entityValues(kind, id, found))
        .catch((fault) => {
          cached.readMs = -Infinity
          if (!before) throw fault
          onFault(fault, `reading the values of ${kind === 'user' ? 'a user' : id}`)
          return before.values
        }),
    }
    return cached
  }
  function valuesOf(entity: Entity, timeMs: number, windowMs: number): Promise<EntityValues> {
    const key = keyOf(entity)
    const before = cache.get(key)
    const isFresh =
      before !== undefined &&
      Math.abs(timeMs - before.readMs) < valuesMs &&
      before.fromMs <= readFrom(timeMs, windowMs)
    const cached = isFresh ? before : read(entity, timeMs, windowMs, before)
    // The last entry of the map is the most recently used.
    cache.delete(key)
    cache.set(key, cached)
    if (cache.size > maxEntities) cache.delete(cache.keys().next().value!)
    return cached.values
  }
  return {
    async know(user, items, timeMs, windowMs) {
      const entities: Entity[] = [['user', user]]
      for (const item of new Set(items)) entities.push(['item', item])
      const values = await readEach(entities, (entity) => valuesOf(entity, timeMs, windowMs))
      return knowledgeOf(new Map(entities.map((entity, i) => [keyOf(entity), values[i]!])))
    },
  }
}
