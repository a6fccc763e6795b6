import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EditDistance, TOO_FAR } from '../../../functions/search-index/query/edit-distance.ts'
import { sortUtf8 } from '../../../functions/search-index/segment/utf8.ts'

/** Optimal string alignment over whole tables, as textbooks have it. */
function plainDistance(left: string, right: string): number {
  const [a, b] = [[...left], [...right]]
  const table = a.map(() => [] as number[])
  const at = (i: number, j: number): number => {
    if (i < 0 || j < 0) return Math.max(i, j) + 1
    table[i]![j] ??= Math.min(
      at(i - 1, j) + 1,
      at(i, j - 1) + 1,
      at(i - 1, j - 1) + (a[i] === b[j] ? 0 : 1),
      i > 0 && j > 0 && a[i] === b[j - 1] && a[i - 1] === b[j] ? at(i - 2, j - 2) + 1 : 999,
    )
    return table[i]![j]!
  }
  return at(a.length - 1, b.length - 1)
}

test.each([
  ['shoes', 'shoes', 0],
  ['shoes', 'shoe', 1],
  ['shoes', 'hsoes', 1],
  ['shoes', 'sheos', 1],
  ['shoes', 'shoess', 1],
  ['shoes', 'boots', TOO_FAR],
  ['ca', 'abc', TOO_FAR],
  ['\u{1f600}a', 'a\u{1f600}', 1],
  ['\u{1f600}', '\u{1f601}', 1],
  ['', 'ab', 2],
])('%j is as far from %j as it must be', (word, term, distance) => {
  expect(new EditDistance(word, 2).to(term)).toBe(distance)
})

test('Distances are those of whole tables, in any order of terms', () => {
  const letter = fc.constantFrom('a', 'b', 'c', '\u{1f600}', '\u{1f601}', '\ufb01')
  const word = fc.array(letter, { maxLength: 6 }).map((letters) => letters.join(''))
  fc.assert(
    fc.property(
      word,
      fc.array(word, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 0, max: 3 }),
      fc.boolean(),
      (origin, terms, limit, isSorted) => {
        const distance = new EditDistance(origin, limit)
        for (const term of isSorted ? sortUtf8(terms) : terms) {
          const expected = plainDistance(origin, term)
          expect(distance.to(term), term).toBe(expected <= limit ? expected : TOO_FAR)
        }
      },
    ),
    { numRuns: 300 },
  )
})
