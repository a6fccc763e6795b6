import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AdaptiveTable, keyOf, partOf } from '../../functions/math/adaptive-table.ts'

describe('The adaptive table', () => {
  test('The adaptive table is an exact map while its keys fit', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 3 }), { maxLength: 500 }), (texts) => {
        const table = new AdaptiveTable(1, 2 ** 12)
        const oracle = new Map<string, number>()
        for (const text of texts) {
          const { slot, isNew } = table.add(keyOf(text))
          expect(isNew).toBe(!oracle.has(text))
          table.set(slot, 0, table.get(slot, 0) + 1)
          oracle.set(text, (oracle.get(text) ?? 0) + 1)
        }
        expect(table.size).toBe(oracle.size)
        expect(table.rate).toBe(1)
        for (const [text, count] of oracle)
          expect(table.get(table.find(keyOf(text)), 0)).toBe(count)
        expect(table.find(keyOf('nowhere to be found'))).toBe(-1)
      }),
    )
  })

  test('The table keeps its size bound and estimates totals without bias', () => {
    // Each tenth key comes three times: 60,000 distinct, 72,000 in all, 12,000 of them again.
    const table = new AdaptiveTable(1, 2 ** 12)
    let twice = 0
    for (let round = 0; round < 3; round++)
      for (let n = 0; n < 60_000; n++) {
        if (round > 0 && n % 10 !== 0) continue
        const { slot, isNew } = table.add(keyOf(`key ${n}`))
        if (slot === -1) continue
        if (!isNew) twice += 1 / table.rate
        table.set(slot, 0, table.get(slot, 0) + 1)
      }
    expect(table.size).toBeLessThanOrEqual(0.75 * 2 ** 12)
    expect(table.size).toBeGreaterThan(0.3 * 2 ** 12)
    // A sample of some 1,900 keys: the standard error of their number is 2.3 %.
    expect(table.size / table.rate / 60_000).toBeCloseTo(1, 1)
    let total = 0
    for (const { slot } of table.entries()) total += table.get(slot, 0)
    expect(total / table.rate / 72_000).toBeCloseTo(1, 1)
    expect(Math.abs(twice / 12_000 - 1)).toBeLessThan(0.2)
  })

  test('The table follows all parts of a key or none', () => {
    const table = new AdaptiveTable(0, 2 ** 11)
    for (let n = 0; n < 20_000; n++) table.add(keyOf(`key ${n}`))
    expect(table.rate).toBeLessThan(1)
    for (let n = 0; n < 1000; n++) {
      const key = keyOf(`key ${n}`)
      for (const part of [1, 'two'])
        expect(table.isFollowed(partOf(key, part))).toBe(table.isFollowed(key))
    }
    expect(partOf(keyOf('a'), 1)).not.toEqual(partOf(keyOf('a'), 2))
  })
})
