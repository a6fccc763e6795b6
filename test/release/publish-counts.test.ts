import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countersKey } from '../../functions/contract/keys.ts'
import { bucketSk, countedSk, countsPk, entityPk } from '../../functions/contract/registry.ts'
import { COUNTER_COLUMNS, type CounterRow } from '../../functions/contract/rows.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import type { TableStore } from '../../functions/core/tables.ts'
import { publishCounts } from '../../functions/release/online.ts'
import { createBreaker, retryAfterEveryKill, type Wrap } from '../make/breaking.ts'
import { DAY0_MS } from '../make/events.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeScene } from '../make/scene.ts'

const scene = makeScene()
const ITEMS = ['i0', 'i1', 'i2', 'i3', 'i4']
const CLOSINGS = 4
const closedOf = (n: number): number => DAY0_MS + (n + 1) * HOUR_MS
const interval = { sinceMs: null, throughMs: closedOf(CLOSINGS - 1) }

/** By closing, what each item was shown in its hour. */
type Shown = number[][]

/** Closings of two files each. */
function makeLake(shown: Shown) {
  const lake = memoryObjects('lake')
  shown.forEach((counts, n) => {
    const rows = counts.map((count, i): CounterRow => {
      const hour = { hourMs: closedOf(n) - HOUR_MS, count }
      return { kind: 'item', id: ITEMS[i]!, event: 'impression', ...hour }
    })
    for (const piece of [0, 1])
      lake.drop(
        countersKey({ scene: 'feed', closedThroughMs: closedOf(n), piece }),
        writeParquet(
          COUNTER_COLUMNS,
          rows.filter((_, i) => i % 2 === piece),
        ),
      )
  })
  return lake
}

/** Puts a batch row by row, each of which a kill may come before. */
const byRow = (table: TableStore): TableStore => ({
  ...table,
  async putAll(rows) {
    for (const { pk, sk, row } of rows) await table.put(pk, sk, row)
  },
})

interface World {
  lake: ReturnType<typeof makeLake>
  online: TableStore
}
const makeWorld = (shown: Shown): World => ({ lake: makeLake(shown), online: memoryTable() })
const publish = ({ lake, online }: World, wrap: Wrap = (port) => port, of: Scene = scene) =>
  publishCounts(wrap(lake), byRow(wrap(online)), of, interval, 1000)

/** All rows of all items, and the marks. */
async function stateOf({ online }: World) {
  const rows = ITEMS.map((id) => online.query(entityPk('feed', 'item', id), ''))
  return Promise.all([...rows, online.query(countsPk('feed'), '')])
}

const some: Shown = [
  [3, 0, 1, 2, 5],
  [1, 1, 1, 1, 1],
  [0, 0, 7, 0, 0],
  [2, 3, 4, 5, 6],
]

describe('Publishing counts', () => {
  test('Publishing killed before any call writes the same rows after retry', async () => {
    const calm = makeWorld(some)
    await publish(calm)
    const expected = await stateOf(calm)
    expect(expected[2]!.map(({ sk }) => sk)).toEqual([0, 1, 2, 3].map((n) => bucketSk(closedOf(n))))
    const calls = await retryAfterEveryKill(
      async () => makeWorld(some),
      (world, wrap) => publish(world, wrap),
      stateOf,
      (found, n) => expect(found, `killed at call ${n}`).toEqual(expected),
    )
    expect(calls).toBeGreaterThan(CLOSINGS * 6)
  })

  test('Publishing ends in the same rows after any counts and kills', async () => {
    const count = fc.nat(20)
    const counts = fc.array(count, { minLength: ITEMS.length, maxLength: ITEMS.length })
    const shown = fc.array(counts, { minLength: CLOSINGS, maxLength: CLOSINGS })
    const kills = fc.array(fc.nat(40), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(shown, kills, async (made, places) => {
        const calm = makeWorld(made)
        await publish(calm)
        const world = makeWorld(made)
        for (const place of places)
          await publish(world, createBreaker(place).wrap).catch((error: Error) => {
            if (error.message !== 'killed') throw error
          })
        await publish(world)
        expect(await stateOf(world)).toEqual(await stateOf(calm))
      }),
      { seed: 11, numRuns: 60 },
    )
  })

  test('Publishing continues after the last complete closing', async () => {
    const world = makeWorld(some)
    // A query, a list; two closings of two reads, five rows and a mark; then one row of the third.
    const breaker = createBreaker(2 + 2 * (2 + 5 + 1) + 2 + 1)
    await publish(world, breaker.wrap).catch(() => {})
    expect(breaker.wasKilled()).toBe(true)
    expect(await world.online.query(countsPk('feed'), '')).toHaveLength(2)
    expect(await publish(world)).toBe(10)
  })

  test('Publishing repeats a closing when the features have changed', async () => {
    const world = makeWorld(some)
    expect(await publish(world)).toBe(20)
    expect(await publish(world)).toBe(0)
    const others = { ...scene, features: scene.features.slice(0, -1) }
    expect(await publish(world, undefined, others)).toBe(20)
    expect(await publish(world)).toBe(20)
    const marks = await world.online.query(countsPk('feed'), '')
    expect(marks.map(({ sk }) => sk)).toEqual([0, 1, 2, 3].map((n) => countedSk(closedOf(n))))
  })
})
