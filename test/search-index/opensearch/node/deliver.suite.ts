import { beforeEach, expect, test } from 'vitest'
import { searchSchema } from '../../../../functions/contract/search.ts'
import {
  type DeliveryOptions,
  deliverDocuments,
} from '../../../../functions/search-index/opensearch/deliver.ts'
import { createIndex, deleteIndex } from '../../../../functions/search-index/opensearch/indices.ts'
import { type Ledger, tableLedger } from '../../../../functions/search-index/opensearch/ledger.ts'
import type { TextDocument } from '../../../../functions/search-index/opensearch/text-document.ts'
import { memoryTable } from '../../../make/memory-table.ts'
import { documentOf } from '../documents.ts'
import type { OpenServer } from './open-server.ts'

const DEFINITION = searchSchema.parse({
  ...{ of: 'items', fields: { title: { from: 'title' } } },
  ...{ filters: ['brand'], numbers: ['price'] },
})

/** A ledger without memory: every statement is news. */
const forgetful: Ledger = {
  newest: async () => new Map(),
  note: async (statements) => tableLedger(memoryTable(), 'feed', 'g1').note(statements),
}

/** What deliveries leave on the server. */
export function deliverSuite({ node, server, ask }: OpenServer): void {
  let ledger: Ledger
  const deliver = (
    documents: readonly TextDocument[],
    options: DeliveryOptions = {},
    known = ledger,
  ) =>
    deliverDocuments({ server, ledger: known, scene: 'feed', generation: 'g1' }, documents, {
      waitsMs: [1, 1],
      ...options,
    })
  const set = (index: object) => ask('PUT', '/feed-g1/_settings', { index })
  const titles = async (): Promise<Record<string, string>> => {
    await ask('POST', '/feed-g1/_refresh')
    const { hits } = (await ask('GET', '/feed-g1/_search?size=100')) as {
      hits: { hits: { _id: string; _source: { fields: { title: string } } }[] }
    }
    return Object.fromEntries(hits.hits.map(({ _id, _source }) => [_id, _source.fields.title]))
  }

  beforeEach(async () => {
    await deleteIndex(server, 'feed', 'g1')
    await createIndex(server, DEFINITION, 'feed', 'g1')
    ledger = tableLedger(memoryTable(), 'feed', 'g1')
  })

  test('The newest statement of each document stands', async () => {
    const first = await deliver([documentOf('a', 2, 'a2'), documentOf('b', 1, 'b1')])
    expect(first.account).toMatchObject({ read: 2, written: 2 })
    const second = await deliver([
      ...[documentOf('a', 1, 'a1'), documentOf('b', 2, null), documentOf('c', 1, null)],
    ])
    expect(second.account).toMatchObject({ written: 1, absent: 1, older: 1 })
    expect(await titles()).toEqual({ a: 'a2' })
  })

  test('Without a ledger the server refuses statements older than its document', async () => {
    await deliver([documentOf('a', 2, 'a2')], {}, forgetful)
    const { account } = await deliver([documentOf('a', 1, 'a1')], {}, forgetful)
    expect(account.newer).toBe(1)
    expect(await titles()).toEqual({ a: 'a2' })
  })

  test('Statements of one millisecond are ordered by drop and row', async () => {
    const at = 1_767_571_200_000
    const said = [
      ...[documentOf('a', at, 'first', { drop: 'd', row: 2_000_000 })],
      ...[documentOf('a', at, 'last', { drop: 'e', row: 0 })],
      ...[documentOf('a', at, 'between', { drop: 'd', row: 2_000_001 })],
    ]
    for (const one of said) await deliver([one])
    expect(await titles()).toEqual({ a: 'last' })
  })

  test('A deleted document stays gone after a restart, with the ledger only', async () => {
    await deliver([documentOf('a', 2, 'a'), documentOf('b', 2, 'b')])
    await deliver([documentOf('a', 3, null), documentOf('b', 3, null)])
    await node.stop()
    await expect(deliver([documentOf('c', 1, 'c')])).rejects.toThrow(/no answer|ECONNREFUSED/)
    await node.start()
    await ask('GET', '/_cluster/health/feed-g1?wait_for_status=yellow&timeout=20s')
    const { account } = await deliver([documentOf('a', 2, 'a'), documentOf('c', 1, 'c')])
    expect(account).toMatchObject({ older: 1, written: 1 })
    await deliver([documentOf('b', 2, 'restored')], {}, forgetful)
    expect(await titles()).toEqual({ b: 'restored', c: 'c' })
  })

  test('The ledger remembers a deletion that the server has forgotten', async () => {
    await set({ gc_deletes: '0s' })
    await deliver([documentOf('a', 3, null)])
    await new Promise((resolve) => setTimeout(resolve, 50))
    await ask('POST', '/feed-g1/_refresh')
    expect((await deliver([documentOf('a', 2, 'old')])).account.older).toBe(1)
    expect(await titles()).toEqual({})
  })

  test.each([
    ['a full disk', { 'blocks.read_only_allow_delete': true }, /flood-stage/],
    ['blocked writes', { 'blocks.write': true }, /FORBIDDEN/],
    ['a read-only index', { 'blocks.read_only': true }, /read-only/],
  ])('With %s a delivery fails, and a later one writes all', async (_what, block, reason) => {
    const documents = [documentOf('a', 1, 'a'), documentOf('b', 1, null)]
    await set(block)
    await expect(deliver(documents)).rejects.toThrow(reason)
    await set(Object.fromEntries(Object.keys(block).map((name) => [name, null])))
    const { account } = await deliver(documents)
    expect(account).toMatchObject({ read: 2, written: 1, absent: 1 })
  })

  test('A server that recovers between two attempts gets every document', async () => {
    await set({ 'blocks.read_only_allow_delete': true })
    const waits: number[] = []
    const pause = async (ms: number) => {
      waits.push(ms)
      if (waits.length === 2) await set({ 'blocks.read_only_allow_delete': null })
    }
    const { account } = await deliver([documentOf('a', 1, 'a')], { waitsMs: [1, 2, 4], pause })
    expect(account.written).toBe(1)
    expect(waits).toEqual([1, 2])
  })

  test('The server’s refusal quarantines a document, and the others are written', async () => {
    const bad = documentOf('bad', 1, 'x')
    const filters = { brand: ['y'.repeat(40_000)] }
    const { account, quarantined } = await deliver([
      { ...bad, content: { ...bad.content!, filters } },
      documentOf('good', 1, 'x'),
      documentOf('i'.repeat(513), 1, 'x'),
    ])
    expect(account).toMatchObject({ read: 3, written: 1, quarantined: 2 })
    expect(quarantined.map(({ reason }) => reason)).toEqual([
      'the id has 513 bytes, expected 1 to 512',
      expect.stringMatching(/^400 illegal_argument_exception: .*immense term/),
    ])
  })

  test.each([
    ['deleted', () => deleteIndex(server, 'feed', 'g1'), /index_not_found/],
    ['closed', () => ask('POST', '/feed-g1/_close'), /index_closed/],
  ])('A %s index is a fault, and no document is at fault', async (_what, breakIndex, reason) => {
    await breakIndex()
    await expect(deliver([documentOf('a', 1, 'a')])).rejects.toThrow(reason)
    await expect(deliver([documentOf('a', 1, null)])).rejects.toThrow(reason)
    expect((await server.send({ method: 'GET', path: '/feed-g1-write' })).status).not.toBe(201)
  })
}
