import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { QuartermasterError } from '../../../functions/core/errors.ts'
import { BULK_LIMITS } from '../../../functions/search-index/opensearch/bulk.ts'
import {
  type DeliveryOptions,
  deliverDocuments,
} from '../../../functions/search-index/opensearch/deliver.ts'
import { tableLedger } from '../../../functions/search-index/opensearch/ledger.ts'
import type { TextDocument } from '../../../functions/search-index/opensearch/text-document.ts'
import { compareVersions } from '../../../functions/search-index/version.ts'
import { memoryTable } from '../../make/memory-table.ts'
import { documentOf } from './documents.ts'
import { actionsOf, answerItem, fakeServer, type Script } from './fake-server.ts'

function open(script?: Script, keepsDeletions = false) {
  const fake = fakeServer(script, keepsDeletions)
  const ledger = tableLedger(memoryTable(), 'feed', 'g1')
  const target = { server: fake.server, ledger, scene: 'feed', generation: 'g1' }
  const waits: number[] = []
  const deliver = (documents: readonly TextDocument[], options: DeliveryOptions = {}) =>
    deliverDocuments(target, documents, {
      waitsMs: [1, 2, 4],
      pause: async (ms) => void waits.push(ms),
      ...options,
    })
  return { ...fake, deliver, waits }
}
const busy = (name: string) => answerItem(name, 429, { type: 'rejected', reason: 'full queue' })

describe('A delivery', () => {
  test('Every document is counted once, by what became of it', async () => {
    const { deliver, live } = open()
    await deliver([documentOf('gone', 9, null), documentOf('a', 5, 'a')])
    const { account, quarantined } = await deliver([
      ...[documentOf('a', 6, 'newer'), documentOf('a', 5, 'a'), documentOf('b', 1, 'b')],
      ...[documentOf('gone', 8, 'old'), documentOf('x', 1, null), documentOf('', 1, 'x')],
    ])
    expect(account).toEqual({
      ...{ read: 6, written: 2, absent: 1, superseded: 1, older: 1, newer: 0, quarantined: 1 },
    })
    expect(quarantined.map(({ document }) => document.id)).toEqual([''])
    expect([...live().keys()]).toEqual(['a', 'b'])
  })

  test('A busy server gets only the rejected documents again, after growing waits', async () => {
    const { deliver, requests, waits } = open((request, call) => {
      const names = actionsOf(request.body!).map(({ name }) => name)
      if (call === 1)
        return {
          status: 200,
          body: { items: [answerItem('index', 201), busy('index'), busy('index')] },
        }
      if (call === 2) return { status: 200, body: { items: names.map(busy) } }
      return undefined
    })
    const { account } = await deliver(['a', 'b', 'c'].map((id) => documentOf(id, 1, id)))
    expect(account.written).toBe(3)
    expect(requests.map(({ body }) => actionsOf(body!).map(({ id }) => id))).toEqual([
      ['a', 'b', 'c'],
      ['b', 'c'],
      ['b', 'c'],
    ])
    expect(waits).toEqual([1, 2])
  })

  test('A refused document is quarantined with its reason, alone', async () => {
    const error = { type: 'mapper_parsing_exception', reason: 'failed to parse' }
    const { deliver } = open(() => ({
      status: 200,
      body: { items: [answerItem('index', 400, error), answerItem('index', 201)] },
    }))
    const { account, quarantined } = await deliver([
      documentOf('a', 1, 'a'),
      documentOf('b', 1, 'b'),
    ])
    expect(account).toMatchObject({ read: 2, written: 1, quarantined: 1 })
    expect(quarantined).toEqual([
      {
        document: documentOf('a', 1, 'a'),
        reason: '400 mapper_parsing_exception: failed to parse',
      },
    ])
  })

  test('A document that the server has newer is counted', async () => {
    const error = { type: 'version_conflict_engine_exception', reason: '' }
    const { deliver } = open(() => ({
      status: 200,
      body: { items: [answerItem('index', 409, error)] },
    }))
    expect((await deliver([documentOf('a', 1, 'a')])).account).toMatchObject({ newer: 1 })
  })

  test('A request that is too large is sent in halves', async () => {
    const isLarge = (body: string) => body.includes('"large"')
    const { deliver, live, requests } = open(({ body }) =>
      isLarge(body!) ? { status: 413, body: '' } : undefined,
    )
    const ids = ['a', 'b', 'large', 'c', 'd']
    const { account, quarantined } = await deliver(ids.map((id) => documentOf(id, 1, id)))
    expect(account).toMatchObject({ written: 4, quarantined: 1 })
    expect(quarantined[0]!.reason).toBe('413')
    expect([...live().keys()]).toEqual(['a', 'b', 'c', 'd'])
    expect(requests.length).toBeGreaterThan(3)
  })

  test('A document above the limit is quarantined without a request', async () => {
    const { deliver, requests } = open()
    const limits = { ...BULK_LIMITS, maxDocumentBytes: 1000 }
    const { quarantined } = await deliver([documentOf('a', 1, 'x'.repeat(1000))], { limits })
    expect(quarantined[0]!.reason).toMatch(/^the document has 1\d{3} bytes, expected at most 1000$/)
    expect(requests).toEqual([])
  })
})

describe('A server that cannot be written to', () => {
  const DOCUMENTS = [documentOf('a', 2, 'a'), documentOf('b', 2, null)]
  const block = (status: number, reason: string) => ({
    ...{ status, body: { error: { type: 'cluster_block_exception', reason } } },
  })

  test.each<[string, ReturnType<Script>, RegExp]>([
    ['is down', 'refused', /ECONNREFUSED/],
    ['breaks connections', 'broken', /socket hang up/],
    ['has a full disk', block(429, 'flood-stage watermark'), /flood-stage watermark/],
    ['is read-only', block(403, 'read-only (api)'), /read-only/],
    ['is overloaded', { status: 503, body: '<html>' }, /503 <html>/],
  ])('A server that %s for an hour loses nothing', async (_what, answer, reason) => {
    let isDown = true
    const { deliver, live, waits } = open(() => (isDown ? answer : undefined))
    // The queue delivers again and again for the hour, then the dead letter is redriven.
    for (let delivery = 0; delivery < 5; delivery++) {
      const failure = deliver(DOCUMENTS)
      await expect(failure).rejects.toThrow(QuartermasterError)
      await expect(failure).rejects.toThrow(reason)
    }
    expect(waits).toHaveLength(15)
    isDown = false
    expect((await deliver([documentOf('b', 1, 'older')])).account.older).toBe(1)
    await deliver(DOCUMENTS)
    expect([...live().keys()]).toEqual(['a'])
  })

  test.each<[string, ReturnType<Script>]>([
    ['a missing right', { status: 403, body: { error: { type: 'security_exception' } } }],
    ['a missing alias', { status: 200, body: { items: [answerItem('index', 404)] } }],
    ['a short answer', { status: 200, body: { items: [] } }],
  ])('With %s it fails at once', async (_what, answer) => {
    const { deliver, requests } = open(() => answer)
    await expect(deliver(DOCUMENTS)).rejects.toThrow(/2 documents were not written/)
    expect(requests).toHaveLength(1)
  })
})

/** Statements with distinct contents: a version says one thing. */
const STATEMENTS = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom('a', 'b'),
    knowableMs: fc.integer({ min: 1, max: 3 }),
    drop: fc.constantFrom('d1', 'd2'),
    row: fc.integer({ min: 0, max: 1 }),
    isGone: fc.boolean(),
  }),
  {
    minLength: 1,
    maxLength: 10,
    selector: ({ id, knowableMs, drop, row }) => [id, knowableMs, drop, row].join(),
  },
)
type Said = ReturnType<typeof STATEMENTS.generate>['value_'][number]
const stated = ({ id, knowableMs, drop, row, isGone }: Said): TextDocument =>
  documentOf(id, knowableMs, isGone ? null : `${knowableMs} ${drop} ${row}`, { drop, row })

function standing(documents: readonly TextDocument[]): string[] {
  const newest = new Map<string, TextDocument>()
  for (const one of [...documents].sort((a, b) => compareVersions(a.version, b.version)))
    newest.set(one.id, one)
  return [...newest.values()].flatMap(({ content }) => content?.fields['title'] ?? []).sort()
}
const titlesIn = (live: Map<string, unknown>): string[] =>
  [...live.values()].map((source) => (source as { fields: { title: string } }).fields.title).sort()

describe('What stands afterwards', () => {
  test('Order, repeats, forgotten deletions and lost answers change nothing', async () => {
    const deliveries = STATEMENTS.chain((all) =>
      fc.record({
        all: fc.constant(all),
        batches: fc.array(fc.subarray(all), { maxLength: 6 }),
        isBroken: fc.infiniteStream(fc.boolean()),
      }),
    )
    await fc.assert(
      fc.asyncProperty(deliveries, async ({ all, batches, isBroken }) => {
        const { deliver, live } = open(() => (isBroken.next().value ? 'broken' : undefined))
        for (const batch of [...batches, all])
          for (let isDone = false; !isDone; )
            isDone = await deliver(batch.map(stated), { waitsMs: [] }).then(
              ({ account: { read, ...parts } }) => {
                expect(Object.values(parts).reduce((a, b) => a + b)).toBe(read)
                return true
              },
              () => false,
            )
        expect(titlesIn(live())).toEqual(standing(all.map(stated)))
      }),
      { numRuns: 200 },
    )
  })

  test('Concurrent deliveries of single statements end in the newest', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), STATEMENTS, async (scheduler, all) => {
        const { server, live } = fakeServer(undefined, true)
        const ledger = tableLedger(memoryTable(), 'feed', 'g1')
        const slow = { send: scheduler.scheduleFunction(server.send) }
        const target = { server: slow, ledger, scene: 'feed', generation: 'g1' }
        const done = Promise.all(all.map((one) => deliverDocuments(target, [stated(one)])))
        await scheduler.waitFor(done)
        expect(titlesIn(live())).toEqual(standing(all.map(stated)))
      }),
      { numRuns: 100 },
    )
  })
})
