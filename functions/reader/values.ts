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
import { type AsOfCounts, createCountIndex } from '../features/as-of-counts.ts'
import { type Catalogue, indexCatalogue } from '../features/catalogue.ts'
import type { Knowledge } from '../features/cells.ts'

type EntityKind = 'user' | 'item'
type Entity = [kind: EntityKind, id: string]
const keyOf = ([kind, id]: Readonly<Entity>): string => `${kind}\n${id}`

/** What the online table says of one user or item. */
export interface EntityValues {
  counts: AsOfCounts
  catalogue: Catalogue
}

function* countersOf(kind: EntityKind, id: string, { counts }: BucketRow): Iterable<CounterRow> {
  for (const [event, hours] of Object.entries(counts))
    for (const [hour, count] of Object.entries(hours))
      yield { kind, id, event, knowableHourMs: Number(hour) * HOUR_MS, count }
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
/** One statement needs no order, and no feature reads its text. */
const ONLY = { drop: '', row: 0, title: null, text: null }

/** From which closing on: an earlier one's stragglers were knowable before the window began. */
const readFrom = (timeMs: number, windowMs: number): number =>
  Math.max(0, floorHour(timeMs) - windowMs - MAX_LATE_ARRIVAL_MS)

/** One slate's knowledge, of its own user and items. */
function knowledgeOf(found: ReadonlyMap<string, EntityValues>): Knowledge {
  const of = (kind: EntityKind, id: string): EntityValues | undefined =>
    found.get(keyOf([kind, id]))
  const catalogue = (kind: EntityKind): Catalogue => ({
    attributesOf: (id, timeMs) => of(kind, id)?.catalogue.attributesOf(id, timeMs) ?? null,
  })
  return {
    counts: {
      count: (kind, id, event, timeMs, windowHours) =>
        of(kind as EntityKind, id)?.counts.count(kind, id, event, timeMs, windowHours) ?? 0,
    },
    items: catalogue('item'),
    users: catalogue('user'),
  }
}

interface Held {
  /** The time of the slate that it was read for, and the beginning of what was read. */
  readMs: number
  fromMs: number
  values: Promise<EntityValues>
}
export interface ValueOptions {
  online: Pick<TableStore, 'queryFrom'>
  scene: string
  /** Values are read anew once they are as old, by the requests' own times. */
  valuesMs: number
  /** Most recently used entities that are remembered: about 20 KB each with a week of hourly closings. */
  maxEntities: number
  onFault: (fault: unknown, during: string) => void
}
export interface OnlineValues {
  /** What is known of a user and items at an instant, with windows up to `windowMs`. */
  know(user: string, items: readonly string[], timeMs: number, windowMs: number): Promise<Knowledge>
}

/**
 * Reads online values: one query for each entity that is not remembered, at most 1 + the slate's
 * items, sixteen in flight; concurrent slates share a read. A failed read leaves what was remembered
 * in use and is reported; it is thrown where nothing was.
 */
export function openValues(options: ValueOptions): OnlineValues {
  const { online, scene, valuesMs, maxEntities, onFault } = options
  const remembered = new Map<string, Held>()

  function read(
    [kind, id]: Entity,
    timeMs: number,
    windowMs: number,
    before: Held | undefined,
  ): Held {
    const fromMs = readFrom(timeMs, windowMs)
    const rows = online.queryFrom(entityPk(scene, kind, id), bucketSk(fromMs))
    const held: Held = {
      readMs: timeMs,
      fromMs,
      values: rows
        .then((found) => entityValues(kind, id, found))
        .catch((fault) => {
          held.readMs = -Infinity
          if (!before) throw fault
          onFault(fault, `reading the values of ${kind === 'user' ? 'a user' : id}`)
          return before.values
        }),
    }
    return held
  }
  function valuesOf(entity: Entity, timeMs: number, windowMs: number): Promise<EntityValues> {
    const key = keyOf(entity)
    const before = remembered.get(key)
    const isFresh =
      before !== undefined &&
      Math.abs(timeMs - before.readMs) < valuesMs &&
      before.fromMs <= readFrom(timeMs, windowMs)
    const held = isFresh ? before : read(entity, timeMs, windowMs, before)
    // Last in the map is most recently used.
    remembered.delete(key)
    remembered.set(key, held)
    if (remembered.size > maxEntities) remembered.delete(remembered.keys().next().value!)
    return held.values
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
