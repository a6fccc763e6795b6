import { expect, test } from 'vitest'
import type { ScoreExplanation } from '../../../functions/search-index/query/explanation.ts'
import { textIndex } from './small-index.ts'

const { search } = textIndex(
  ['tv tv stand', 'television set', 'tvs', 'a long text about a stand for a television set'],
  { synonyms: [['tv', 'television set']] },
)
const explained = (query: string) => search(query, { explain: true }).hits

/** The score from the numbers of the explanation alone. */
const scoreOf = ({ groups }: ScoreExplanation): number =>
  groups.reduce((sum, { own, alternatives }) => {
    const scores = [own, alternatives].map((list) =>
      list.map((one) => {
        if (one.kind === 'prefix') return one.weight * one.times
        const { frequency, length, averageLength, weight, boost, times, idf, tf } = one
        expect(tf).toBeCloseTo(
          frequency / (frequency + 1.2 * (0.25 + (0.75 * length) / averageLength)),
          14,
        )
        if (one.kind === 'term')
          expect(idf).toBe(Math.log(1 + (one.allDocs - one.docs[0]! + 0.5) / (one.docs[0]! + 0.5)))
        return weight * boost * times * idf * tf
      }),
    )
    return (
      sum +
      Math.max(
        scores[0]!.reduce((a, b) => a + b, 0),
        ...scores[1]!,
      )
    )
  }, 0)

test.each([
  'tv',
  'tv stand stand',
  '"television set" stan*',
  'tvs~',
  '+stand tv',
  'television set',
])('The explanation of %j adds up to the score', (query) => {
  const hits = explained(query)
  expect(hits.length).toBeGreaterThan(1)
  for (const { score, explanation } of hits) {
    expect(explanation!.score).toBe(score)
    expect(scoreOf(explanation!)).toBeCloseTo(score, 12)
  }
})

test('An explanation names each term with its statistics', () => {
  const [hit] = explained('tv')
  expect(hit!.explanation).toEqual({
    score: hit!.score,
    groups: [
      {
        ...{ field: 'text', score: hit!.score, alternatives: [] },
        own: [
          {
            ...{ kind: 'term', field: 'text', terms: ['tv'], score: hit!.score },
            ...{ weight: 1, boost: 1, times: 1, idf: Math.log(1 + 3.5 / 1.5), docs: [1] },
            ...{ allDocs: 4, tf: expect.closeTo(2 / (2 + 1.2 * (0.25 + (0.75 * 3) / 4)), 14) },
            ...{ frequency: 2, length: 3, averageLength: 4 },
          },
        ],
      },
    ],
  })
})
