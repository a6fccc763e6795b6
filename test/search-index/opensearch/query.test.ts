import { describe, expect, test } from 'vitest'
import type { SearchOptions } from '../../../functions/contract/search.ts'
import { InvalidInput, QuartermasterError } from '../../../functions/core/errors.ts'
import { scoreScale, searchBody } from '../../../functions/search-index/opensearch/query.ts'
import { readScoreScale, searchServer } from '../../../functions/search-index/opensearch/search.ts'
import type { ServerAnswer } from '../../../functions/search-index/opensearch/server.ts'
import { openWorld } from './query-world.ts'

const { definition, analyzers } = openWorld([])
const body = (query: string, options: SearchOptions = {}, terms: 'server' | 'ours' = 'server') =>
  searchBody(definition, analyzers, query, options, { terms, scale: 2.2 }) as {
    query: { bool: Record<string, unknown> }
    sort: unknown[]
    aggs: object
  }

describe('A query in the server’s language', () => {
  test('Each word is asked of each field, with the field’s weight', () => {
    expect(body('Shoes').query.bool).toEqual({
      should: [
        { term: { 'fields.title': { value: 'shoe', boost: 3 } } },
        { term: { 'fields.text': { value: 'shoes', boost: 1 } } },
        { term: { 'fields.tags': { value: 'shoes', boost: 0.5 } } },
      ],
      minimum_should_match: 1,
      filter: [{ match_all: {} }],
      must_not: [],
    })
  })

  test('A phrase keeps the gaps of its stop words', () => {
    const [title] = body('"shoes of the trail"').query.bool['should'] as unknown[]
    expect(title).toEqual({
      match_phrase: {
        'fields.title': {
          query: ['shoe', '\u001e', '\u001e', 'trail'].join('\u001f'),
          analyzer: 'quartermaster-terms',
          boost: 3,
        },
      },
    })
  })

  test('CJK places are those of the index that is asked', () => {
    const phraseIn = (terms: 'server' | 'ours') => {
      const tags = (body('"東京 京都大学 x1"', {}, terms).query.bool['should'] as unknown[]).at(-1)
      const { query } = (tags as { match_phrase: Record<string, { query: string }> }).match_phrase[
        'fields.tags'
      ]!
      return query.split('\u001f')
    }
    expect(phraseIn('server')).toEqual(['東京', '京都', '都大', '大学', 'x1'])
    expect(phraseIn('ours')).toEqual([
      ...['東京', '\u001e', '京都', '都大', '大学', '\u001e', 'x1'],
    ])
  })

  test('A prefix counts the same in each document, scaled like words', () => {
    const [title] = body('run*').query.bool['should'] as unknown[]
    expect(title).toEqual({
      constant_score: {
        filter: {
          bool: {
            should: [
              { prefix: { 'fields.title': { value: 'run' } } },
              { term: { 'fields.title': { value: 'run' } } },
            ],
          },
        },
        boost: expect.closeTo(6.6),
      },
    })
  })

  test('A synonym counts in place of its words, not beside them', () => {
    const [title] = body('laptop').query.bool['should'] as unknown[]
    expect(title).toEqual({
      dis_max: {
        queries: [
          { term: { 'fields.title': { value: 'laptop', boost: 3 } } },
          { term: { 'fields.title': { value: 'notebook', boost: 3 } } },
        ],
        tie_breaker: 0,
      },
    })
  })

  test('A text without words finds nothing, and no text finds all', () => {
    expect(body('!?').query.bool).toMatchObject({ filter: [{ match_all: {} }, { match_none: {} }] })
    expect(body('').query.bool).toMatchObject({ filter: [{ match_all: {} }], should: [] })
  })

  test('Filters, ranges, facets and the sort name the paths of attributes', () => {
    const { query, sort, aggs } = body('', {
      filters: { 'a.b': ['1'] },
      ranges: { price: { from: 1 }, rank: {} },
      facets: ['a.b'],
      sort: 'score',
    })
    expect(query.bool['filter']).toEqual([
      { match_all: {} },
      { terms: { 'filters.a%2Eb': ['1'] } },
      { range: { 'numbers.price': { gte: 1 } } },
      { exists: { field: 'numbers.rank' } },
    ])
    expect(sort).toEqual([{ 'numbers.rank': { order: 'desc', missing: '_last' } }, { id: 'asc' }])
    expect(aggs).toEqual({ facet_0: { terms: { field: 'filters.a%2Eb', size: 65_535 } } })
  })

  test.each([
    [{ limit: 0 }, /^limit: /],
    [{ filters: { colour: ['red'] } }, /^filters: /],
    [{ explain: true }, /has no explain/],
    [{ highlight: true }, /no highlight/],
  ])('The options %j are refused', (options, message) => {
    expect(() => body('x', options)).toThrow(message)
    expect(() => body('x', options)).toThrow(InvalidInput)
  })
})

describe('The answer of a search server', () => {
  const answering = (answer: ServerAnswer) => ({ server: { send: async () => answer } })
  const search = (answer: ServerAnswer) =>
    searchServer(
      { ...answering(answer), index: 'feed', terms: 'server', scale: 2.2 },
      definition,
      analyzers,
      'x',
    )
  const found = { hits: { total: { value: 0 }, hits: [] } }

  test.each([
    ['a failed shard', { status: 200, body: { ...found, _shards: { failed: 1 } } }],
    ['lost time', { status: 200, body: { ...found, timed_out: true, _shards: { failed: 0 } } }],
    ['a missing index', { status: 404, body: { error: { type: 'index_not_found_exception' } } }],
  ])('An answer with %s is an infrastructure fault', async (_what, answer) => {
    await expect(search(answer)).rejects.toThrow(QuartermasterError)
    await expect(search(answer)).rejects.not.toThrow(InvalidInput)
  })

  test('A query that is too large for the server is invalid input', async () => {
    const cause = { type: 'too_many_clauses', reason: 'maxClauseCount is set to 1024' }
    const error = { type: 'search_phase_execution_exception', root_cause: [cause] }
    const failure = search({ status: 400, body: { error } })
    await expect(failure).rejects.toThrow(InvalidInput)
    await expect(failure).rejects.toThrow('400 too_many_clauses: maxClauseCount is set to 1024')
  })

  test.each([
    ['opensearch', '2.19.6', 2.2],
    ['opensearch', '3.9.0', 1],
    [undefined, '8.15.0', 2.2],
  ])('Scores of %s %s are %s times ours', async (distribution, number, scale) => {
    expect(scoreScale(distribution, number)).toBe(scale)
    const { server } = answering({ status: 200, body: { version: { distribution, number } } })
    expect(await readScoreScale(server)).toBe(scale)
  })

  test('A server that does not state its version is an infrastructure fault', async () => {
    const { server } = answering({ status: 503, body: '' })
    await expect(readScoreScale(server)).rejects.toThrow(/^Search server: GET \/: 503/)
  })
})
