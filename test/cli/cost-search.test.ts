import { describe, expect, test } from 'vitest'
import { parseCostOptions } from '../../cdk/cli/cost/options.ts'
import { readPrices } from '../../cdk/cli/cost/prices.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { createBitmap, encodeBitmap } from '../../functions/search-index/segment/bitmap.ts'
import { addDrop, deletionBytes, emptyIndex } from '../../cdk/cli/cost/search/simulate.ts'
import { noUse, secondsOf, type Use } from '../../cdk/cli/cost/search/use.ts'
import { generationOf, meaningOf } from '../../functions/search-index/generation.ts'
import { batchesOf, indexStatements, shapeOf } from '../../functions/search-index/build.ts'
import { createAnalyzers } from '../../functions/search-index/analysis/analyzer.ts'
import { newestStatements } from '../../functions/search-index/documents.ts'
import { loadPointer } from '../../functions/search-index/state.ts'
import { openPointed } from '../../functions/search-index/add-documents.ts'
import { portsOf, SHOP, searchWorld } from '../make/search-world.ts'

const uniform = seededUniform(4)
const below = (limit: number): number => Math.floor(uniform() * limit)
const statement = (n: number, drop: number) => ({
  ...{ id: `item-${n}`, knowableMs: drop, drop: `drop-${drop}`, row: n, text: 'warm wool' },
  ...{ title: null, attributes: JSON.stringify({ title: 'red hat', brand: 'a', price: n }) },
})

describe('The simulation of an index', () => {
  test('It requests what the real writer requests, and merges as much', async () => {
    const counts: Record<string, number> = {}
    const world = searchWorld()
    const ports = portsOf(world, (port) =>
      new Proxy(port, {
        get(target, name) {
          const value = Reflect.get(target, name) as unknown
          if (typeof value !== 'function') return value
          return (...given: unknown[]) => {
            const kind = 'table' in target ? `row ${String(name)}` : String(name)
            counts[kind] = (counts[kind] ?? 0) + 1
            return (value as (...given: unknown[]) => unknown).apply(target, given)
          }
        },
      }),
    )
    const generation = generationOf(SHOP, 0)
    const meaning = meaningOf(SHOP)
    const open = { generation, meaning, analyzers: createAnalyzers(SHOP), shape: shapeOf(generation, meaning) }
    const documents = 4000
    const rows = Array.from({ length: documents }, (_, n) => statement(n, 0))
    await indexStatements(ports, open, rows, 0)
    const simulated = emptyIndex()
    addDrop(simulated, documents, false)
    for (let drop = 1; drop <= 150; drop++) {
      const changed = newestStatements(Array.from({ length: 40 }, () => statement(below(documents), drop)))
      await indexStatements(ports, open, changed, drop)
      addDrop(simulated, changed.length, true)
    }
    console.log(counts, simulated.use)
    const { snapshot } = await openPointed(ports, generation, await loadPointer(world.online, 'feed', generation))
    console.log(snapshot.segments.map((s) => `${s.live}/${s.count}`).join(' '))
    console.log(simulated.segments.map((s) => `${s.live.toFixed(0)}/${s.count.toFixed(0)}`).join(' '))
  })
  test('deletion bytes', () => {
    for (const [d, c] of [[10, 1000],[300,1000],[1000, 100000],[30000,100000],[50000,100000],[200, 100000]]) {
      const set = createBitmap(c!, Array.from({ length: c! }, (_, n) => n).filter(() => uniform() < d! / c!))
      console.log(d, c, encodeBitmap(set).length, deletionBytes(set.size, c!))
    }
  })
})
