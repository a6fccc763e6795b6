import { describe, expect, test } from 'vitest'
import { changeCurrent, LostRace, tryChange } from '../../functions/registry/change-current.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { currentRow } from '../make/lineage.ts'
import { memoryTable } from '../make/memory-table.ts'

async function serve() {
  const registry = openRegistry(memoryTable(), 'feed')
  const row = currentRow({ fence: 4, lease: { owner: 'a run', untilMs: 100 } })
  await registry.change(row, null)
  return { registry, row }
}

describe('A change of CURRENT', () => {
  test('A change raises the fence, clears the lease and keeps the rest', async () => {
    const { registry, row } = await serve()
    const changed = await changeCurrent(registry, row, { sequence: 3 })
    expect(changed).toEqual({ ...row, sequence: 3, fence: 5, lease: null })
    expect(await registry.current()).toEqual(changed)
  })

  test('A change for a scene without a release writes the first row', async () => {
    const registry = openRegistry(memoryTable(), 'feed')
    const { fence: _fence, lease: _lease, ...first } = currentRow({})
    expect(await changeCurrent(registry, null, first)).toEqual({ ...first, fence: 1, lease: null })
    await expect(changeCurrent(registry, null, first)).rejects.toThrow(/no release yet/)
  })

  test('A change on a moved fence throws LostRace and writes nothing', async () => {
    const { registry, row } = await serve()
    await changeCurrent(registry, row, {})
    const before = await registry.current()
    const late = changeCurrent(registry, row, { sequence: 9 })
    await expect(late).rejects.toThrow(LostRace)
    await expect(late).rejects.toThrow(/another writer changed CURRENT first: expected fence 4/)
    expect(await tryChange(registry, row, { sequence: 9 })).toBe(null)
    expect(await registry.current()).toEqual(before)
  })
})
