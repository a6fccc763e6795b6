import type { Values } from '../features/values.ts'
import { type CacheOptions, createEntityCache, type Entity, keyOf } from './entity-cache.ts'
import type { EntityValues } from './entity-values.ts'

/** The values of one slate, as cells are made from them. */
interface SlateValues {
  values: Values
  /**
   * Reads the entities that `values` was asked for and that were not read before, such as an item's
   * category, which only the item's row names. False: there are none, and all cells are final.
   */
  readMissing(): Promise<boolean>
  /** The closing that an item's values have folded; null where there is none. */
  closedThroughMs(item: string): number | null
}
export interface OnlineValues {
  /** Reads the user and the items, as they are visible at an instant. */
  read(user: string, items: readonly string[], timeMs: number): Promise<SlateValues>
}

/**
 * Reads online values through a cache. A slate whose entities are not cached costs one batched read
 * of its user and items, and a second one where its features have other entities.
 */
export function openValues(options: CacheOptions): OnlineValues {
  const readEntities = createEntityCache(options)
  return {
    async read(user, items, timeMs) {
      const found = new Map<string, EntityValues>()
      const missing = new Map<string, Entity>()
      async function read(entities: readonly Entity[]): Promise<void> {
        const values = await readEntities(entities, timeMs)
        entities.forEach((entity, n) => {
          found.set(keyOf(entity), values[n]!)
        })
      }
      const valuesOf = (entity: string, id: string): EntityValues | undefined => {
        const key = keyOf([entity, id])
        const values = found.get(key)
        if (!values) missing.set(key, [entity, id])
        return values
      }
      await read([['user', user], ...[...new Set(items)].map((item): Entity => ['item', item])])
      return {
        values: {
          stateOf: (series, id, ...window) =>
            valuesOf(series.entity, id)?.stateOf(series, ...window) ?? null,
          bucketsOf: (series, id, ...window) =>
            valuesOf(series.entity, id)?.bucketsOf(series, ...window) ?? [],
          items: { attributesOf: (id, atMs) => valuesOf('item', id)?.attributesOf(atMs) ?? null },
          users: { attributesOf: (id, atMs) => valuesOf('user', id)?.attributesOf(atMs) ?? null },
        },
        async readMissing() {
          const entities = [...missing.values()]
          missing.clear()
          if (entities.length > 0) await read(entities)
          return entities.length > 0
        },
        closedThroughMs: (item) => valuesOf('item', item)?.mark?.closedThroughMs ?? null,
      }
    },
  }
}
