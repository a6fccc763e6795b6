import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TermTable } from '../../../functions/search-index/analysis/term-table.ts'

const toTerm = (word: string): string | null => (word.startsWith('x') ? null : word.toUpperCase())
function ask(table: TermTable, word: string): string | null {
  table.begin()
  return table.termOf(table.wordAt(`<${word}>`, 1, word.length + 1))
}

describe('The table of terms', () => {
  test('A table returns what its function does, for any words', () => {
    const word = fc.oneof(
      fc.string({ unit: fc.constantFrom(...'abx'), maxLength: 4 }),
      fc.string({ unit: 'binary', maxLength: 60 }),
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 200 }), (words) => {
        const table = new TermTable(toTerm)
        const twice = [...words, ...words]
        expect(twice.map((each) => ask(table, each))).toEqual(twice.map(toTerm))
      }),
    )
  })

  test('A known word is not asked for again', () => {
    let calls = 0
    const table = new TermTable((word) => {
      calls++
      return word
    })
    for (let round = 0; round < 3; round++) for (let n = 0; n < 20_000; n++) ask(table, `word${n}`)
    // Few words find their sixteen slots taken.
    expect(calls).toBeGreaterThanOrEqual(20_000)
    expect(calls).toBeLessThan(21_000)
  })

  test('A full table starts again and stays right', () => {
    const table = new TermTable(toTerm)
    for (let n = 0; n < 200_000; n++) {
      const word = `${n % 3 === 0 ? 'x' : 'w'}${n}`
      if (ask(table, word) !== toTerm(word)) expect.fail(`The term of ${word} is wrong.`)
    }
    expect(ask(table, 'w1')).toBe('W1')
  })

  test('Words with equal hashes cost few look-ups', () => {
    // With the factor 31, "Aa" and "BB" hash alike, and so does every row of n of them.
    const words = Array.from({ length: 2 ** 14 }, (_, n) =>
      Array.from({ length: 14 }, (_unused, bit) => ((n >> bit) & 1 ? 'Aa' : 'BB')).join(''),
    )
    let calls = 0
    const table = new TermTable((word) => {
      calls++
      return word
    })
    for (let round = 0; round < 10; round++)
      expect(words.every((word) => ask(table, word) === word)).toBe(true)
    // Only as many as there are slots to look at are remembered.
    expect(calls).toBe(10 * words.length - 9 * 16)
  })
})
