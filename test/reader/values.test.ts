import { describe, expect, test } from 'vitest'
import {
  bucketSk,
  entityPk,
  STATEMENT_SK,
  statementOrder,
} from '../../functions/contract/registry.ts'
import { MAX_LATE_ARRIVAL_MS } from '../../functions/contract/scene.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { InvalidInput } from '../../functions/core/errors.ts'
import type { TableStore } from '../../functions/core/tables.ts'
import { openValues } from '../../functions/reader/values.ts'
import { DAY0_MS } from '../make/events.ts'
import { memoryTable } from '../make/memory-table.ts'
import { servedReleases } from './served-releases.ts'

const NOW_MS = DAY0_MS + 12 * HOUR_MS + 5
const hourOf = (timeMs: number): string => String(Math.floor(timeMs / HOUR_MS))

/** A table whose queries are counted, and fail when told to. */
function countedTable() {
  const table = memoryTable()
  const state = { queries: [] as string[], isDown: false }
  const online: TableStore = {
    ...table,
    queryFrom: async (pk, sk) => {
      state.queries.push(pk)
      if (state.isDown) throw new Error('throttled')
      return table.queryFrom(pk, sk)
    },
  }
  const count = (item: string, closedMs: number, hourMs: number, shown: number) =>
    table.put(entityPk('feed', 'item', item), bucketSk(closedMs), {
      counts: { impression: { [hourOf(hourMs)]: shown } },
      expiresAt: 0,
    })
  return { table, online, state, count }
}
function openCounted(fields: { valuesMs?: number; maxEntities?: number } = {}) {
  const world = countedTable()
  const faults: string[] = []
  const values = openValues({
    ...{ online: world.online, scene: 'feed', valuesMs: 60_000, maxEntities: 100, ...fields },
    onFault: (fault, during) => faults.push(`${during}: ${(fault as Error).message}`),
  })
  const shown = async (item: string, timeMs = NOW_MS, windowHours = 3): Promise<number> => {
    const { counts } = await values.know('u1', [item], timeMs, windowHours * HOUR_MS)
    return counts.count('item', item, 'impression', timeMs, windowHours)
  }
  return { ...world, values, faults, shown }
}

describe('Online values', () => {
  test('Online values sum whole hours before the slate over all closings', async () => {
    const { count, shown } = openCounted()
    await count('i1', NOW_MS - HOUR_MS, DAY0_MS + 9 * HOUR_MS, 1)
    await count('i1', NOW_MS, DAY0_MS + 9 * HOUR_MS, 2)
    await count('i1', NOW_MS + 1, DAY0_MS + 11 * HOUR_MS, 10)
    await count('i1', NOW_MS + 2, DAY0_MS + 12 * HOUR_MS, 100)
    expect(await shown('i1')).toBe(13)
    expect(await shown('i1', NOW_MS, 2)).toBe(10)
    expect(await shown('i1', NOW_MS + HOUR_MS)).toBe(110)
    expect(await shown('i1', NOW_MS + 9 * HOUR_MS)).toBe(0)
  })

  test('Online values include late arrivals of earlier closings, as samples do', async () => {
    const { count, shown } = openCounted()
    const windowFromMs = DAY0_MS + 9 * HOUR_MS
    await count('i1', windowFromMs - HOUR_MS, windowFromMs, 1)
    await count('i1', windowFromMs - MAX_LATE_ARRIVAL_MS + 1, windowFromMs, 10)
    await count('i1', windowFromMs - 2 * HOUR_MS, windowFromMs - HOUR_MS, 100)
    expect(await shown('i1')).toBe(11)
  })

  test('Each slate queries an entity once, and never while it is cached', async () => {
    const { values, state } = openCounted()
    await values.know('u1', ['i1', 'i2', 'i1'], NOW_MS, HOUR_MS)
    expect(state.queries.sort()).toEqual(['feed#item#i1', 'feed#item#i2', 'feed#user#u1'])
    await values.know('u1', ['i2', 'i3'], NOW_MS + 59_999, HOUR_MS)
    expect(state.queries.slice(3)).toEqual(['feed#item#i3'])
    await values.know('u1', ['i2'], NOW_MS + 60_000, HOUR_MS)
    expect(state.queries.slice(4).sort()).toEqual(['feed#item#i2', 'feed#user#u1'])
  })

  test('Slates that ask at the same time share one read', async () => {
    const { values, state } = openCounted()
    await Promise.all([1, 2, 3].map(() => values.know('u1', ['i1'], NOW_MS, HOUR_MS)))
    expect(state.queries).toHaveLength(2)
  })

  test('A window that reaches further back causes a new read', async () => {
    const { count, shown } = openCounted()
    await count('i1', NOW_MS - 30 * HOUR_MS, NOW_MS - 31 * HOUR_MS, 5)
    expect(await shown('i1', NOW_MS, 3)).toBe(0)
    expect(await shown('i1', NOW_MS, 48)).toBe(5)
  })

  test('Only the most recently used entities stay in the cache', async () => {
    const { values, state } = openCounted({ maxEntities: 3 })
    for (const item of ['i1', 'i2', 'i1', 'i3', 'i1', 'i2'])
      await values.know('u1', [item], NOW_MS, HOUR_MS)
    expect(state.queries.filter((pk) => pk === 'feed#item#i1')).toHaveLength(1)
    expect(state.queries.filter((pk) => pk === 'feed#item#i2')).toHaveLength(2)
  })

  test('Unreadable values fall back to cached ones with a report, or throw', async () => {
    const { count, shown, state, faults, values } = openCounted()
    await count('i1', NOW_MS, NOW_MS - 2 * HOUR_MS, 4)
    expect(await shown('i1')).toBe(4)
    state.isDown = true
    const later = NOW_MS + 70_000
    const both = [shown('i1', later), shown('i1', later)]
    expect(await Promise.all(both)).toEqual([4, 4])
    expect(faults).toContain('reading the values of i1: throttled')
    expect(faults.join()).not.toContain('u1')
    await expect(values.know('u1', ['i2'], later, HOUR_MS)).rejects.toThrow('throttled')
    state.isDown = false
    await count('i1', NOW_MS, NOW_MS - 2 * HOUR_MS, 6)
    expect(await shown('i1', later)).toBe(6)
    expect(await shown('i2', later)).toBe(0)
  })

  test('A statement counts only after the time it became knowable', async () => {
    const { table, values } = openCounted()
    const knowableMs = NOW_MS
    await table.put(entityPk('feed', 'item', 'i1'), STATEMENT_SK, {
      ...{ order: statementOrder({ knowableMs, drop: 'd', row: 1 }), knowableMs },
      attributes: '{"year":1e+21}',
    })
    const { items } = await values.know('u1', ['i1'], NOW_MS, HOUR_MS)
    expect(items.attributesOf('i1', NOW_MS)).toBeNull()
    expect(items.attributesOf('i1', NOW_MS + 1)).toEqual({ year: 1e21 })
    expect(items.attributesOf('i2', NOW_MS + 1)).toBeNull()
  })
})

describe('A slate', () => {
  test('An invalid slate is refused in one sentence that names the field', async () => {
    const world = servedReleases()
    await world.prepare(1)
    await world.flip(1)
    const reader = await world.open()
    const good = { user: 'u', timeMs: NOW_MS, items: [{ item: 'i1', position: 1 }] }
    expect((await reader.scoreSlate({ ...good, items: [] })).scores).toEqual([])
    for (const [wrong, sentence] of [
      [{ user: '' }, /^the slate's user: .*; nothing was scored$/],
      [{ timeMs: Number.NaN }, /^the slate's timeMs: /],
      [{ items: [{ item: 'i1' }, { item: 'i1', position: 0 }] }, /^the slate's items.1.position: /],
      [{ context: { device: { deep: 1 } } }, /^the slate's context.device: /],
    ] as const) {
      const asked = reader.scoreSlate({ ...good, ...wrong } as typeof good)
      await expect(asked).rejects.toThrow(InvalidInput)
      await expect(asked).rejects.toThrow(sentence)
    }
  })
})
