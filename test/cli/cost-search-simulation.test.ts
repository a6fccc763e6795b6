import { describe, expect, test } from 'vitest'
import { simulateLife } from '../../cdk/cli/cost/search/life.ts'
import {
  addDrop,
  BATCH_DOCUMENTS,
  deletionBytes,
  emptyIndex,
} from '../../cdk/cli/cost/search/simulate.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { openPointed } from '../../functions/search-index/add-documents.ts'
import { batchesOf, indexStatements, openGeneration } from '../../functions/search-index/build.ts'
import { newestStatements, type StatementRow } from '../../functions/search-index/documents.ts'
import { indexDrop } from '../../functions/search-index/index-drop.ts'
import { rebuildIndex } from '../../functions/search-index/rebuild.ts'
import { createBitmap, encodeBitmap } from '../../functions/search-index/segment/bitmap.ts'
import { loadPointer, loadState } from '../../functions/search-index/state.ts'
import { DAY0_MS } from '../make/events.ts'
import { portsOf, SHOP, searchWorld } from '../make/search-world.ts'
import { putStatements } from '../make/statements.ts'

const uniform = seededUniform(4)
const below = (limit: number): number => Math.floor(uniform() * limit)
const itemOf = (n: number) => ({
  ...{ id: `item-${n}`, timeMs: DAY0_MS, text: 'warm wool' },
  attributes: { title: 'red hat', brand: 'a', price: n },
})
const rowOf = (n: number, drop: number): StatementRow => ({
  ...{ ...itemOf(n), knowableMs: DAY0_MS + drop, title: null },
  ...{ drop: `drop-${drop}`, row: n, attributes: '{"title":"red hat"}' },
})

/** Ports that count their calls, by bucket or table and operation. */
function countedPorts(world = searchWorld()) {
  const calls: Record<string, number> = {}
  const wrap = <P extends object>(port: P): P =>
    new Proxy(port, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown
        if (typeof value !== 'function') return value
        const { bucket, table } = target as { bucket?: string; table?: string }
        const call = `${bucket ?? table} ${String(name)}`
        return (...given: unknown[]) => {
          calls[call] = (calls[call] ?? 0) + 1
          return (value as (...given: unknown[]) => unknown).apply(target, given)
        }
      },
    })
  return { ports: portsOf(world, wrap), calls }
}

describe('The simulation of a search index', () => {
  test('The simulation requests and merges what the real writer does', async () => {
    const [documents, size] = [2000, 40]
    const { ports, calls } = countedPorts()
    await rebuildIndex(ports, SHOP, DAY0_MS)
    const [newest] = (await loadState(ports.online, ports.scene)).generations
    const open = (await openGeneration(ports, newest!))!
    const before = { ...calls }
    const index = emptyIndex()
    const first = Array.from({ length: documents }, (_, n) => rowOf(n, 0))
    await indexStatements(ports, open, first, { throughMs: 0, applied: null })
    addDrop(index, documents, false)
    for (let drop = 1; drop <= 100; drop++) {
      const changed = newestStatements(
        Array.from({ length: size }, () => rowOf(below(documents), drop)),
      )
      await indexStatements(ports, open, changed, { throughMs: drop, applied: null })
      addDrop(index, changed.length, true)
    }
    const made = (call: string): number => calls[call]! - (before[call] ?? 0)
    const { use, segments } = index
    expect(use.rowReads / made('online get')).toBeCloseTo(1, 1)
    expect(use.rowWrites / made('online putIfUnchanged')).toBeCloseTo(1, 1)
    expect(use.puts / made('models put')).toBeCloseTo(1, 1)
    expect(use.gets / made('models get')).toBeCloseTo(1, 1)
    const pointer = await loadPointer(ports.online, ports.scene, open.generation)
    const { snapshot } = await openPointed(ports, open.generation, pointer)
    expect(Math.abs(segments.length - snapshot.segments.length)).toBeLessThan(4)
    const live = segments.reduce((sum, segment) => sum + segment.live, 0)
    expect(live).toBeCloseTo(snapshot.live, 6)
  })

  test('A simulated build reads and writes as a real one does', async () => {
    const load = { documents: 200, changesPerDay: 20, dropsPerDay: 1, queriesPerDay: 1 }
    const world = searchWorld()
    const items = Array.from({ length: load.documents }, (_, n) => itemOf(n))
    await putStatements(world.lake, 'items', DAY0_MS, items)
    for (let day = 1; day < 365; day++) {
      const ids = new Set(Array.from({ length: load.changesPerDay }, () => below(load.documents)))
      await putStatements(world.lake, 'items', DAY0_MS + day * DAY_MS, [...ids].map(itemOf))
    }
    const { ports, calls } = countedPorts(world)
    await rebuildIndex(ports, SHOP, DAY0_MS + 365 * DAY_MS)
    const { built } = simulateLife(load)
    expect(built.lists).toBe(calls['lake list'])
    // A manifest, and its file twice.
    expect(calls['lake get']).toBe(3 * 365)
    const differences = [
      built.gets - 3 * 365 - calls['models get']!,
      built.puts - calls['models put']!,
      built.rowReads - calls['online get']!,
    ]
    // One segment, whose definition, pointer and snapshot are read and written about once more.
    for (const difference of differences) expect(Math.abs(difference)).toBeLessThanOrEqual(4)
  })

  test('A drop reads its manifest, its file, three definitions and snapshots besides', async () => {
    const world = searchWorld()
    await putStatements(world.lake, 'items', DAY0_MS, [itemOf(1)])
    for (const days of [1, 8, 15]) await rebuildIndex(portsOf(world), SHOP, DAY0_MS + days * DAY_MS)
    const { ports, calls } = countedPorts(world)
    const drop = (n: number) =>
      putStatements(world.lake, 'items', DAY0_MS + (16 + n) * DAY_MS, [itemOf(n)])
    await indexDrop(ports, SHOP, await drop(2))
    const before = { ...calls }
    await indexDrop(ports, SHOP, await drop(3))
    const made = (call: string): number => calls[call]! - before[call]!
    const index = emptyIndex()
    for (let n = 0; n < 2; n++) addDrop(index, 1, false)
    const { use } = index
    const { gets, puts, rowReads } = use
    addDrop(index, 1, false)
    expect(made('lake find') + made('lake get')).toBe(2)
    expect(made('models get')).toBe(3 * (use.gets - gets + 2))
    expect(made('models put')).toBe(3 * (use.puts - puts))
    expect(made('online get')).toBe(3 * (use.rowReads - rowReads + 1) + 1)
  })

  test.each([
    [10, 1000],
    [300, 1000],
    [200, 100_000],
    [30_000, 100_000],
    [50_000, 100_000],
  ])('A set of %i among %i documents has the stated bytes', (deleted, count) => {
    const members = Array.from({ length: count }, (_, n) => n).filter(
      () => uniform() < deleted / count,
    )
    const set = createBitmap(count, members)
    expect(encodeBitmap(set).length / deletionBytes(set.size, count)).toBeCloseTo(1, 1)
  })

  test('Batches are as large as those of the real writer', () => {
    const rows = Array.from({ length: BATCH_DOCUMENTS + 1 }, (_, n) => rowOf(n, 0))
    expect([...batchesOf(rows)].map(({ length }) => length)).toEqual([BATCH_DOCUMENTS, 1])
  })
})
