import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  bulkItem,
  bulkRequest,
  newestDocuments,
  planRequests,
} from '../../../functions/search-index/opensearch/bulk.ts'
import { readBulkAnswer } from '../../../functions/search-index/opensearch/bulk-outcomes.ts'
import { documentOf } from './documents.ts'
import { actionsOf, answerItem } from './fake-server.ts'

const versioned = (...documents: Parameters<typeof bulkItem>[0][]) =>
  documents.map((document, i) => ({ item: bulkItem(document), external: 2n ** 60n + BigInt(i) }))

describe('A bulk request', () => {
  test('Each document has an action with its exact version', () => {
    const { path, body } = bulkRequest(
      'feed-g1-write',
      versioned(documentOf('a"\n', 1, 'Red shoes'), documentOf('b', 1, null)),
    )
    expect(path).toBe('/feed-g1-write/_bulk?require_alias=true')
    expect(body.split('\n')).toEqual([
      '{"index":{"_id":"a\\"\\n","version":1152921504606846976,"version_type":"external_gte"}}',
      '{"id":"a\\"\\n","fields":{"title":"Red shoes"},"filters":{},"numbers":{},"document":{}}',
      '{"delete":{"_id":"b","version":1152921504606846977,"version_type":"external_gte"}}',
      '',
    ])
  })

  test('Deletions alone carry a guard against a missing alias', () => {
    const { body } = bulkRequest('feed-g1-write', versioned(documentOf('b', 1, null)))
    expect(actionsOf(body).map(({ name }) => name)).toEqual(['delete', 'update'])
  })

  test('A document is one line whatever its texts and stored JSON have', () => {
    const document = documentOf('a', 1, 'one\ntwo')
    const content = { ...document.content!, stored: '{\n"n": 12345678901234567890}' }
    const { body } = bulkRequest('x', versioned({ ...document, content }))
    expect(body.split('\n')).toHaveLength(3)
    expect(body).toContain('"document":{ "n": 12345678901234567890}}')
  })

  test('Requests hold all documents in order within their limits', () => {
    const limits = { maxBytes: 600, maxItems: 3 }
    const texts = fc.array(fc.oneof(fc.string({ maxLength: 400 }), fc.constant(null)))
    fc.assert(
      fc.property(texts, (titles) => {
        const items = titles.map((title, i) => bulkItem(documentOf(`é${i}`, 1, title)))
        const requests = planRequests(items, limits)
        expect(requests.flat()).toEqual(items)
        for (const request of requests) {
          const { body } = bulkRequest(
            'x',
            request.map((item) => ({ item, external: 2n ** 63n - 1n })),
          )
          expect(request.length).toBeLessThanOrEqual(limits.maxItems)
          const hasGuard = request.every(({ source }) => source === null)
          if (request.length > 1 && !hasGuard)
            expect(Buffer.byteLength(body)).toBeLessThanOrEqual(limits.maxBytes)
        }
      }),
    )
  })
})

describe('The documents of a delivery', () => {
  test('Only the newest of each id is sent', () => {
    const newer = documentOf('a', 2, 'new')
    const { newest, unfit } = newestDocuments([
      ...[documentOf('a', 1, 'old'), newer, documentOf('a', 2, 'again')],
      documentOf('b', 1, null),
    ])
    expect(newest).toEqual([newer, documentOf('b', 1, null)])
    expect(unfit).toEqual([])
  })

  test.each([
    ['', 'the id has 0 bytes, expected 1 to 512'],
    ['é'.repeat(257), 'the id has 514 bytes, expected 1 to 512'],
    ['a\ud800', 'the id is not well-formed Unicode'],
  ])('An id that would spoil the request is quarantined: %j', (id, reason) => {
    const document = documentOf(id, 1, 'x')
    expect(newestDocuments([document])).toEqual({ newest: [], unfit: [{ document, reason }] })
  })
})

describe('The answer to a bulk request', () => {
  const error = (type: string) => ({ type, reason: 'why' })
  const outcomeOf = (item: object) => {
    const answer = readBulkAnswer({ status: 200, body: { items: [item] } }, 1, 'feed-g1')
    return answer.kind === 'outcomes' ? answer.outcomes[0]!.kind : answer.kind
  }

  test.each([
    ['a new document', answerItem('index', 201), 'written'],
    ['a replaced one', answerItem('index', 200), 'written'],
    ['a deletion', answerItem('delete', 200), 'written'],
    ['a deletion of nothing', answerItem('delete', 404), 'absent'],
    ['an older one', answerItem('index', 409, error('version_conflict_engine_exception')), 'newer'],
    ['a bad value', answerItem('index', 400, error('mapper_parsing_exception')), 'quarantined'],
    ['a full queue', answerItem('index', 429, error('rejected_execution_exception')), 'again'],
    ['a full disk', answerItem('index', 429, error('cluster_block_exception')), 'again'],
    ['a read-only index', answerItem('index', 403, error('cluster_block_exception')), 'again'],
    ['a lost shard', answerItem('index', 503, error('unavailable_shards_exception')), 'again'],
    ['a missing right', answerItem('index', 403, error('security_exception')), 'fault'],
    [
      'a missing alias',
      answerItem('index', 404, error('index_not_found_exception'), 'feed-g1-write'),
      'fault',
    ],
    [
      'a closed index',
      answerItem('index', 400, error('index_closed_exception'), 'feed-g1-write'),
      'fault',
    ],
    ['another index', answerItem('delete', 404, undefined, 'feed-g1-write'), 'fault'],
    ['nothing', {}, 'fault'],
  ])('The outcome of %s is known', (_name, item, kind) => {
    expect(outcomeOf(item)).toBe(kind)
  })

  test.each([
    [429, { error: error('circuit_breaking_exception') }, 'again'],
    [503, '<html>', 'again'],
    [403, { error: error('cluster_block_exception') }, 'again'],
    [403, { message: 'no right' }, 'fault'],
    [413, { Message: 'too large' }, 'too large'],
    [400, { error: error('action_request_validation_exception') }, 'fault'],
    [200, { items: [] }, 'fault'],
    [200, null, 'fault'],
  ])('The status %s of a whole request with %j is judged', (status, body, kind) => {
    expect(readBulkAnswer({ status, body }, 1, 'feed-g1').kind).toBe(kind)
  })
})
