import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Matcher } from '../../../functions/search-index/query/matcher.ts'
import { END } from '../../../functions/search-index/segment/types.ts'
import { smallIndex } from './small-index.ts'

const word = fc.constantFrom('red', 'red', 'blue', 'shoe', 'hat')
const texts = fc.array(
  fc.array(word, { minLength: 1, maxLength: 20 }).map((words) => words.join(' ')),
  { minLength: 20, maxLength: 40 },
)
const query = fc.constantFrom('red', 'hat', '"red shoe"', '"red red blue"', 'sh*', 'reed~')
/** Steps forward: how far, and how to get there. */
const moves = fc.array(fc.tuple(fc.nat(3), fc.constantFrom('next', 'advance', 'bound', 'bound')), {
  minLength: 5,
  maxLength: 30,
})

/** What each document counts, read in a row. */
function scoresOf(matcher: Matcher): Map<number, number> {
  const scores = new Map<number, number>()
  const cursor = matcher.open(0)
  while (cursor && cursor.next() !== END) scores.set(cursor.doc, cursor.score())
  return scores
}

test('However a cursor moves, its scores and bounds are right', () => {
  let checked = 0
  fc.assert(
    fc.property(texts, query, moves, (documents, asked, steps) => {
      const index = smallIndex({ fields: { text: { from: 'text' } } }, [
        documents.map((text, n) => ({ id: `d${String(n).padStart(2, '0')}`, texts: { text } })),
      ])
      const { groups } = index.open(asked)
      for (const matcher of groups.flatMap(({ own, alternatives }) => [...own, ...alternatives])) {
        const scores = scoresOf(matcher)
        const cursor = matcher.open(0)
        if (!cursor) continue
        const first = (target: number): number =>
          [...scores.keys()].find((doc) => doc >= target) ?? END
        let from = 0
        for (const [step, kind] of steps) {
          if (cursor.doc === END) break
          from = kind === 'next' ? cursor.doc + 1 : from + step
          if (kind === 'next') expect(cursor.next()).toBe(first(from))
          else if (kind === 'advance') expect(cursor.advance(from)).toBe(first(from))
          else {
            cursor.seekBound(from)
            const held = [...scores].filter(([doc]) => doc >= from && doc <= cursor.through)
            for (const [, score] of held) expect(cursor.bound).toBeGreaterThanOrEqual(score)
            checked += held.length
          }
          from = Math.max(from, cursor.doc)
          if (cursor.doc >= 0 && cursor.doc !== END)
            expect(cursor.score()).toBe(scores.get(cursor.doc))
        }
      }
    }),
    { numRuns: 200 },
  )
  expect(checked).toBeGreaterThan(1000)
})
