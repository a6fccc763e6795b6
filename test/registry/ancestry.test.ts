import { describe, expect, test } from 'vitest'
import type { VersionRow } from '../../functions/contract/registry.ts'
import { baseOf, loadAncestry, loadBase, walkToRoot } from '../../functions/registry/ancestry.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { makeVersion } from '../make/lineage.ts'
import { memoryTable } from '../make/memory-table.ts'

async function register(rows: readonly VersionRow[]) {
  const registry = openRegistry(memoryTable(), 'feed')
  for (const row of rows) await registry.register(row)
  const byId = new Map(rows.map((row) => [row.version, row]))
  return { registry, find: (version: string) => byId.get(version) }
}
const full = makeVersion(1, { tier: 'full', parent: null })
const daily = makeVersion(2, { parent: full.version })
const hourly = makeVersion(2.5, { tier: 'hourly', parent: daily.version, base: daily.version })

describe('The ancestry of a version', () => {
  test('The ancestry contains all parents to the root, loaded or given', async () => {
    const { registry, find } = await register([full, daily, hourly])
    const chain = [hourly, daily, full]
    expect(walkToRoot(find, hourly.version)).toEqual(chain)
    expect(await loadAncestry(registry, hourly.version)).toEqual(chain)
    expect(await loadAncestry(registry, 'unknown')).toEqual([])
  })

  test('The ancestry ends where a parent is unknown or repeats', async () => {
    const circle = makeVersion(1, { tier: 'full', parent: daily.version })
    for (const rows of [[daily], [circle, daily]]) {
      const { registry, find } = await register(rows)
      expect(walkToRoot(find, daily.version)).toEqual([...rows].reverse())
      expect(await loadAncestry(registry, daily.version)).toEqual([...rows].reverse())
    }
  })

  test('The ancestry gives the base of an increment', async () => {
    const { registry } = await register([full, daily, hourly])
    expect([full, daily, hourly].map(baseOf)).toEqual([full.version, daily.version, daily.version])
    expect(await loadBase(registry, hourly.version)).toEqual(daily)
    expect(await loadBase(registry, full.version)).toEqual(full)
  })
})
