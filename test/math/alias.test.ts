import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fillAliasTable } from '../../functions/math/alias.ts'

/** The exact chance of each place, of `from` to `to`, under a table's draws. */
function chancesOf(table: Uint32Array, from: number, to: number): Float64Array {
  const chances = new Float64Array(to - from)
  for (let at = from; at < to; at++) {
    const own = table[2 * at]! / 2 ** 32
    chances[at - from]! += own / (to - from)
    chances[table[2 * at + 1]! - from]! += (1 - own) / (to - from)
  }
  return chances
}

test('An alias table draws each place by the share of its weight', () => {
  const weight = fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1e6, noNaN: true }))
  fc.assert(
    fc.property(fc.array(weight, { maxLength: 40 }), fc.nat({ max: 5 }), (drawn, before) => {
      const weights = [...new Array(before).fill(7), ...drawn, 9]
      const table = new Uint32Array(2 * weights.length)
      fillAliasTable(table, weights, before, before + drawn.length)
      const chances = chancesOf(table, before, before + drawn.length)
      const total = drawn.reduce((sum, value) => sum + value, 0)
      for (const [i, value] of drawn.entries()) {
        const share = total > 0 ? value / total : 1 / drawn.length
        expect(Math.abs(chances[i]! - share)).toBeLessThan(1e-8)
        if (total > 0 && value === 0) expect(chances[i]).toBe(0)
      }
      expect(table.subarray(0, 2 * before).every((entry) => entry === 0)).toBe(true)
      expect(table.subarray(-2).every((entry) => entry === 0)).toBe(true)
    }),
  )
})
