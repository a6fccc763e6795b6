import { describe, expect, test } from 'vitest'
import { foldedPk, VALUES_SK, valuesPk } from '../../functions/contract/values.ts'
import { InvalidInput } from '../../functions/core/errors.ts'
import { openValues } from '../../functions/reader/values.ts'
import {
  blockOf,
  folded,
  hourAt,
  markAt,
  openName,
  seriesOfItem,
  watchedTable,
} from './online-rows.ts'
import { servedReleases } from './served-releases.ts'

const SHOWN = seriesOfItem()
const OF_CATEGORY = seriesOfItem({ id: '00000002', entity: 'item.category' })
const NOW_MS = hourAt(11) + 1_800_000
const FOLDED = foldedPk('feed')
const pkOf = (item: string): string => valuesPk('feed', 'item', item)

function openWatched(fields: { valuesMs?: number; maxEntities?: number } = {}) {
  const world = watchedTable()
  const faults: string[] = []
  const values = openValues({
    ...{ online: world.online, scene: 'feed', valuesMs: 1000, maxEntities: 100, ...fields },
    onFault: (fault, during) => faults.push(`${during}: ${(fault as Error).message}`),
  })
  const shown = async (item: string, timeMs = NOW_MS): Promise<unknown> => {
    const { values: known } = await values.read('u1', [item], timeMs)
    return known.stateOf(SHOWN, item, timeMs, 24, true)
  }
  return { ...world, values, faults, shown }
}

describe('Online values', () => {
  test('A slate reads its user and all its items in one batch', async () => {
    const { values, reads, putItem } = openWatched()
    await putItem('i1', { ring: blockOf(SHOWN, { 9: 5 }) })
    const items = Array.from({ length: 99 }, (_, n) => `i${n}`)
    const slate = await values.read('u1', [...items, 'i1'], NOW_MS)
    expect(reads).toEqual([[FOLDED], [valuesPk('feed', 'user', 'u1'), ...items.map(pkOf)]])
    expect(slate.values.stateOf(SHOWN, 'i1', NOW_MS, 24, true)).toBe(5)
    expect(slate.values.stateOf(SHOWN, 'i2', NOW_MS, 24, true)).toBeNull()
    expect(await slate.readMissing()).toBe(false)
    expect(reads).toHaveLength(2)
  })

  test('Other entities are read in a second batch on demand', async () => {
    const { values, table, batches } = openWatched()
    const row = { ring: blockOf(OF_CATEGORY, { 9: 7 }) }
    await table.put(valuesPk('feed', 'item.category', 'news'), VALUES_SK, row)
    const ask = async (): Promise<void> => {
      const slate = await values.read('u1', ['i1'], NOW_MS)
      const count = (id: string) => slate.values.stateOf(OF_CATEGORY, id, NOW_MS, 24, true)
      const before = ['news', 'sport', 'news'].map(count)
      if (await slate.readMissing()) {
        expect(before).toEqual([null, null, null])
        expect(['news', 'sport', 'news'].map(count)).toEqual([7, null, 7])
        expect(await slate.readMissing()).toBe(false)
      }
    }
    await ask()
    const others = ['news', 'sport'].map((id) => valuesPk('feed', 'item.category', id))
    expect(batches().slice(1)).toEqual([others])
    // From the cache they need a second pass over the cells, and no read.
    await ask()
    expect(batches()).toHaveLength(2)
  })

  test('Entities and mark are read again once their values are old', async () => {
    const { values, reads } = openWatched()
    await values.read('u1', ['i1', 'i2'], NOW_MS)
    await values.read('u1', ['i2', 'i3'], NOW_MS + 999)
    expect(reads.slice(2)).toEqual([[pkOf('i3')]])
    await values.read('u1', ['i2'], NOW_MS + 1000)
    expect(reads.slice(3)).toEqual([[FOLDED], [valuesPk('feed', 'user', 'u1'), pkOf('i2')]])
  })

  test('A cached row keeps the mark known before it was read', async () => {
    const { values, putItem, putFolded, shown } = openWatched({ valuesMs: 60_000 })
    const arrivalMs = hourAt(10) + 60_000
    const open = { [openName(arrivalMs)]: blockOf(SHOWN, { 9: 1 }) }
    await putFolded(markAt(9))
    await putItem('i1', open)
    await putItem('i2', open)
    expect(await shown('i1')).toBe(1)
    // A closing folds both rows and then moves the mark.
    const row = { ring: blockOf(SHOWN, { 9: 1 }), folded: folded(markAt(10)) }
    await putItem('i1', row)
    await putItem('i2', { ...row, ...open })
    await putFolded(markAt(10))
    expect(await shown('i1', NOW_MS + 1)).toBe(1)
    expect(await shown('i2', NOW_MS + 1)).toBe(1)
    const slate = await values.read('u1', ['i2'], NOW_MS + 1)
    expect(slate.closedThroughMs('i2')).toBe(hourAt(10))
  })

  test('Slates that ask at the same time share one read', async () => {
    const { values, reads } = openWatched()
    await Promise.all([1, 2, 3].map(() => values.read('u1', ['i1'], NOW_MS)))
    expect(reads).toHaveLength(2)
  })

  test('Only the most recently used entities stay in the cache', async () => {
    const { values, batches } = openWatched({ maxEntities: 3 })
    for (const item of ['i1', 'i2', 'i1', 'i3', 'i1', 'i2']) await values.read('u1', [item], NOW_MS)
    const read = batches().flat()
    expect(read.filter((pk) => pk === pkOf('i1'))).toHaveLength(1)
    expect(read.filter((pk) => pk === pkOf('i2'))).toHaveLength(2)
  })

  test('Unreadable values fall back to cached ones with a report, or throw', async () => {
    const { putItem, shown, state, faults, values } = openWatched()
    await putItem('i1', { ring: blockOf(SHOWN, { 9: 4 }) })
    expect(await shown('i1')).toBe(4)
    state.isDown = true
    const later = NOW_MS + 70_000
    expect(await Promise.all([shown('i1', later), shown('i1', later)])).toEqual([4, 4])
    expect(faults).toEqual([
      'reading what feed has folded: throttled',
      'reading the values of 2 entities: throttled',
    ])
    await expect(values.read('u1', ['i2'], later)).rejects.toThrow('throttled')
    state.isDown = false
    await putItem('i1', { ring: blockOf(SHOWN, { 9: 6 }) })
    expect(await shown('i1', later)).toBe(6)
    expect(await shown('i2', later)).toBeNull()
  })

  test('A damaged row is reported by its item, and others are served', async () => {
    const { putItem, shown, faults, table } = openWatched()
    await putItem('i1', { ring: Uint8Array.of(1, 2, 3) })
    await putItem('i2', { ring: blockOf(SHOWN, { 9: 4 }) })
    await table.put(valuesPk('feed', 'user', 'u1'), VALUES_SK, { ring: Uint8Array.of(1) })
    expect(await shown('i1')).toBeNull()
    expect(await shown('i2')).toBe(4)
    expect(faults.join('\n')).toMatch(/reading item i1: ring: got magic/)
    expect(faults.join('\n')).not.toContain('u1')
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
