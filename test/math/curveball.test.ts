import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTrades, tradeAll } from '../../functions/math/curveball.ts'
import { seededUniform } from '../../functions/math/random.ts'

/** Rows of different columns, as the shuffle takes them. */
function incidenceOf(rows: readonly (readonly number[])[]) {
  const offsets = new Uint32Array(rows.length + 1)
  rows.forEach(({ length }, row) => {
    offsets[row + 1] = offsets[row]! + length
  })
  return { offsets, columns: Uint32Array.from(rows.flat()) }
}
const rowsOf = ({ offsets, columns }: ReturnType<typeof incidenceOf>): number[][] =>
  Array.from({ length: offsets.length - 1 }, (_, row) => [
    ...columns.subarray(offsets[row], offsets[row + 1]),
  ])
const COLUMNS = 12

describe('the shuffle that keeps degrees', () => {
  test('Rows keep their lengths and columns their counts', () => {
    const row = fc.uniqueArray(fc.nat(COLUMNS - 1), { maxLength: COLUMNS })
    fc.assert(
      fc.property(fc.array(row, { maxLength: 15 }), fc.nat(), (rows, seed) => {
        const incidence = incidenceOf(rows)
        const trades = createTrades(incidence, COLUMNS, seededUniform(seed))
        for (let round = 0; round < 5; round++) tradeAll(trades)
        const after = rowsOf(incidence)
        expect(after.map(({ length }) => length)).toEqual(rows.map(({ length }) => length))
        expect(after.flat().sort()).toEqual(rows.flat().sort())
        for (const one of after) expect(new Set(one).size).toBe(one.length)
      }),
    )
  })

  test('Each incidence of the same degrees is drawn equally often', () => {
    // Three rows of two, one and one columns; the columns have two, one and one rows: five incidences.
    const incidence = incidenceOf([[0, 1], [0], [2]])
    const trades = createTrades(incidence, 3, seededUniform(7))
    const drawn = new Map<string, number>()
    const draws = 20_000
    for (let draw = 0; draw < draws; draw++) {
      for (let round = 0; round < 4; round++) tradeAll(trades)
      const key = JSON.stringify(rowsOf(incidence).map((row) => row.toSorted()))
      drawn.set(key, (drawn.get(key) ?? 0) + 1)
    }
    expect([...drawn.keys()].sort()).toEqual([
      '[[0,1],[0],[2]]',
      '[[0,1],[2],[0]]',
      '[[0,2],[0],[1]]',
      '[[0,2],[1],[0]]',
      '[[1,2],[0],[0]]',
    ])
    const chi2 = [...drawn.values()].reduce(
      (sum, count) => sum + (count - draws / 5) ** 2 / (draws / 5),
      0,
    )
    // The 99.9 % quantile of χ² with four degrees of freedom; draws that follow each other are alike.
    expect(chi2).toBeLessThan(18.5)
  })
})
