import fc from 'fast-check'
import { expect, test } from 'vitest'
import { QuartermasterError } from '../../../functions/core/errors.ts'
import {
  type Noted,
  type Statement,
  tableLedger,
} from '../../../functions/search-index/opensearch/ledger.ts'
import { compareVersions } from '../../../functions/search-index/version.ts'
import { memoryTable } from '../../make/memory-table.ts'

const statement = (id: string, knowableMs: number, drop = 'd', row = 0, gone = false) => ({
  ...{ id, version: { knowableMs, drop, row }, gone },
})
const ledgerOf = (table = memoryTable()) => tableLedger(table, 'feed', 'g1')

test('The ledger keeps the newest statement in any order', async () => {
  const ledger = ledgerOf()
  await ledger.note([statement('a', 2, 'd', 0, true)])
  const noted = await ledger.note([statement('a', 1)])
  expect(noted.get('a')).toMatchObject({ knowableMs: 2, gone: true })
  expect(await ledger.newest(['a', 'b'])).toEqual(noted)
})

test('A repeated statement keeps its external version', async () => {
  const ledger = ledgerOf()
  const first = await ledger.note([statement('a', 2)])
  expect(await ledger.note([statement('a', 2)])).toEqual(first)
})

test('Within a millisecond the drop and the row decide', async () => {
  const ledger = ledgerOf()
  const notes: Noted[] = []
  for (const one of [
    statement('a', 5, 'm', 7),
    statement('a', 5, 'z', 1),
    statement('a', 5, 'b', 9),
    statement('a', 5, 'z', 2),
  ])
    notes.push((await ledger.note([one])).get('a')!)
  expect(notes.map(({ drop, row }) => `${drop}${row}`)).toEqual(['m7', 'z1', 'z1', 'z2'])
  expect(notes.map(({ external }) => external - notes[0]!.external)).toEqual([0n, 1n, 1n, 2n])
})

test('Generations and scenes have ledgers of their own', async () => {
  const table = memoryTable()
  await ledgerOf(table).note([statement('a', 2)])
  for (const [scene, generation] of [
    ['feed', 'g2'],
    ['ads', 'g1'],
  ] as const)
    expect(await tableLedger(table, scene, generation).newest(['a'])).toEqual(new Map())
})

test('Concurrent writers leave the newest statement with the greatest external version', async () => {
  const one = fc.record({
    knowableMs: fc.integer({ min: 0, max: 2 }),
    drop: fc.constantFrom('a', 'b'),
    row: fc.integer({ min: 0, max: 2 }),
  })
  const statements = fc.array(one, { minLength: 1, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(statements, async (versions) => {
      const ledger = ledgerOf()
      const said = versions.map((version): Statement => ({ id: 'a', version, gone: false }))
      const notes = await Promise.all(said.map((own) => ledger.note([own])))
      const last = (await ledger.newest(['a'])).get('a')!
      const newest = versions.reduce((a, b) => (compareVersions(a, b) >= 0 ? a : b))
      expect(last).toMatchObject(newest)
      // In the order of the statements, external versions ascend strictly.
      const own = notes.map((noted) => noted.get('a')!).sort(compareVersions)
      for (const [i, after] of own.slice(1).entries())
        expect(after.external > own[i]!.external).toBe(compareVersions(after, own[i]!) > 0)
    }),
    { numRuns: 50 },
  )
})

test('A table on which another writer always wins ends in an error', async () => {
  const table = { ...memoryTable(), updateAll: async () => [false] }
  await expect(tableLedger(table, 'feed', 'g1').note([statement('a', 1)])).rejects.toThrow(
    QuartermasterError,
  )
})
