import fc from 'fast-check'
import { expect, test } from 'vitest'
import { searchSnapshot } from '../../../functions/search-index/query/search-snapshot.ts'
import { type SmallDocument, smallIndex, textIndex } from './small-index.ts'

/**
 * BM25 over lists of tokens, written from the formula alone: idf = ln(1 + (N − n + 0.5) / (n + 0.5)),
 * tf = f / (f + 1.2 · (0.25 + 0.75 · length / average)), where lengths from 24 on keep four significant
 * bits of what exceeds 24.
 */
function plainScores(
  words: readonly string[],
  documents: readonly { id: string; tokens: Readonly<Record<string, readonly string[]>> }[],
  weights: Readonly<Record<string, number>>,
): Map<string, number> {
  const scores = new Map<string, number>()
  for (const [field, weight] of Object.entries(weights)) {
    const having = documents.filter(({ tokens }) => tokens[field]!.length > 0)
    const average =
      having.reduce((sum, { tokens }) => sum + tokens[field]!.length, 0) / having.length
    for (const word of words) {
      const n = having.filter(({ tokens }) => tokens[field]!.includes(word)).length
      const idf = Math.log(1 + (having.length - n + 0.5) / (n + 0.5))
      for (const { id, tokens } of having) {
        const frequency = tokens[field]!.filter((token) => token === word).length
        if (frequency === 0) continue
        const rest = tokens[field]!.length - 24
        const unit = rest < 8 ? 1 : 2 ** (Math.floor(Math.log2(rest)) - 3)
        const length = rest < 8 ? rest + 24 : 24 + Math.floor(rest / unit) * unit
        const tf = frequency / (frequency + 1.2 * (0.25 + (0.75 * length) / average))
        scores.set(id, (scores.get(id) ?? 0) + weight * idf * tf)
      }
    }
  }
  return scores
}

const word = fc.constantFrom('a1', 'b2', 'c3', 'd4', 'e5', 'f6')
const tokens = fc.oneof(
  fc.array(word, { maxLength: 8 }),
  fc.array(word, { minLength: 20, maxLength: 120 }),
)
const document = fc.record({
  tokens: fc.record({ title: tokens, text: tokens }),
  state: fc.constantFrom('live', 'live', 'replaced', 'gone') as fc.Arbitrary<
    SmallDocument['state']
  >,
})

test('Scores are those of BM25 over live documents of all segments', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(document, { maxLength: 8 }), { minLength: 1, maxLength: 3 }),
      fc.uniqueArray(word, { minLength: 1, maxLength: 3 }),
      (lists, words) => {
        const named = lists.map((list, n) => list.map((one, i) => ({ ...one, id: `${n}-${i}` })))
        const weights = { title: 2.5, text: 1 }
        const index = smallIndex(
          { fields: { title: { from: 'title', weight: 2.5 }, text: { from: 'text' } } },
          named.map((list) =>
            list.map(({ id, state, ...own }) => ({
              ...{ id, state },
              texts: { title: own.tokens.title.join(' '), text: own.tokens.text.join(' ') },
            })),
          ),
        )
        const live = named.flat().filter(({ state }) => state === 'live')
        const expected = plainScores(words, live, weights)
        const { hits, total } = index.search(words.join(' '), { limit: 100 })
        expect(total).toBe(expected.size)
        expect(new Set(hits.map(({ id }) => id))).toEqual(new Set(expected.keys()))
        for (const [n, { id, score }] of hits.entries()) {
          expect(score).toBeCloseTo(expected.get(id)!, 12)
          if (n > 0) expect(score).toBeLessThanOrEqual(hits[n - 1]!.score)
        }
      },
    ),
    { numRuns: 60 },
  )
})

test('The weight of a field is that of the definition asked with', () => {
  const index = textIndex(['red', 'blue red', 'blue'])
  const heavy = structuredClone(index.definition)
  heavy.fields['text']!.weight = 4
  const [first] = index.search('red').hits
  const { hits } = searchSnapshot(heavy, index.analyzers, index.snapshot, 'red', {})
  expect(hits[0]).toMatchObject({ id: first!.id, score: 4 * first!.score })
})

test('A repeated word counts as often as the query has it', () => {
  const { search } = textIndex(['red', 'blue red', 'blue'])
  const thrice = search('red red RED').hits
  for (const [n, { id, score }] of search('red').hits.entries())
    expect(thrice[n]).toMatchObject({ id, score: expect.closeTo(3 * score, 14) })
})

test('A phrase counts with the summed idf of its terms', () => {
  const { search } = textIndex(['red shoes and red shoes', 'red blue shoes', 'shoes red'])
  const [hit, ...others] = search('"red shoes"').hits
  const idf = 2 * Math.log(1 + 0.5 / 3.5)
  const tf = 2 / (2 + 1.2 * (0.25 + (0.75 * 5) / (10 / 3)))
  expect(hit!.score).toBeCloseTo(idf * tf, 14)
  expect([hit!.id, others]).toEqual(['a', []])
})

test('A prefix counts the weight of its field', () => {
  const { search } = smallIndex(
    { fields: { title: { from: 'title', weight: 3 }, text: { from: 'text' } } },
    [
      [
        { id: 'a', texts: { title: 'shoe shoes', text: 'shop' } },
        { id: 'b', texts: { title: 'hat', text: 'shoe shoe shoe' } },
      ],
    ],
  )
  expect(search('sho*').hits.map(({ id, score }) => [id, score])).toEqual([
    ['a', 4],
    ['b', 1],
  ])
})

test('The best similar term counts, less for each edit', () => {
  const { search } = textIndex(['shoes', 'shoe shoo', 'hat', 'shoes'])
  const idf = Math.log(1 + (4 - 2 + 0.5) / 2.5)
  const tf = (length: number): number => 1 / (1 + 1.2 * (0.25 + (0.75 * length) / 1.25))
  const hits = search('shoes~1').hits.map(({ id, score }) => [id, score])
  expect(hits).toEqual([
    ['a', expect.closeTo(idf * tf(1), 14)],
    ['d', expect.closeTo(idf * tf(1), 14)],
    ['b', expect.closeTo(idf * tf(2) * (1 - 1 / 4), 14)],
  ])
})

test('The best of several synonyms counts', () => {
  const index = textIndex(['tv', 'television set', 'tv television set', 'set television'], {
    synonyms: [['tv', 'television set']],
  })
  const scores = new Map(index.search('tv').hits.map(({ id, score }) => [id, score]))
  const literal = (query: string) =>
    new Map(index.search(query).hits.map(({ id, score }) => [id, score]))
  const phrase = literal('"television set"')
  expect([...scores.keys()].sort()).toEqual(['a', 'b', 'c'])
  expect(scores.get('b')).toBe(phrase.get('b'))
  expect(scores.get('c')).toBe(Math.max(phrase.get('c')!, literal('"tv"').get('c')!))
})

test('Deleted documents count in no statistic', () => {
  const list = (state: SmallDocument['state']): SmallDocument[] =>
    Array.from({ length: 50 }, (_, n) => ({ id: `dead-${n}`, texts: { text: 'red hat' }, state }))
  const live: SmallDocument[] = [
    { id: 'a', texts: { text: 'red shoes' } },
    { id: 'b', texts: { text: 'blue' } },
  ]
  const search = { fields: { text: { from: 'text' } } }
  const alone = smallIndex(search, [live]).search('red')
  expect(smallIndex(search, [[...live, ...list('replaced')]]).search('red')).toEqual(alone)
  const apart = smallIndex(search, [list('gone'), live]).search('red')
  expect(apart.hits.map(({ score }) => score)).toEqual(alone.hits.map(({ score }) => score))
})
