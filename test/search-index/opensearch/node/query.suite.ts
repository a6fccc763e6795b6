import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SearchOptions } from '../../../../functions/contract/search.ts'
import { deliverDocuments } from '../../../../functions/search-index/opensearch/deliver.ts'
import { INDEX_OPTIONS } from '../../../../functions/search-index/opensearch/index-template.ts'
import { createIndex, pointAlias } from '../../../../functions/search-index/opensearch/indices.ts'
import { tableLedger } from '../../../../functions/search-index/opensearch/ledger.ts'
import {
  readScoreScale,
  type SearchTarget,
  searchServer,
} from '../../../../functions/search-index/opensearch/search.ts'
import {
  compareHits,
  type SearchStore,
  searchIndexSuite,
} from '../../../contracts/search-index.suite.ts'
import { memoryTable } from '../../../make/memory-table.ts'
import type { SmallDocument, SmallIndex } from '../../query/small-index.ts'
import { makeDocuments, openWorld, sentDocument, storedOf } from '../query-world.ts'
import type { OpenServer } from './open-server.ts'

const DOCUMENTS = makeDocuments(300)

/** What queries find on the server. */
export function querySuite({ server, ask }: OpenServer): void {
  /** Makes an index of the documents, without any that were deleted. */
  async function index(
    scene: string,
    world: SmallIndex,
    documents: readonly SmallDocument[],
    terms: 'server' | 'ours',
    shards = 1,
  ): Promise<SearchTarget> {
    await createIndex(server, world.definition, scene, 'g1', { ...INDEX_OPTIONS, terms, shards })
    const ledger = tableLedger(memoryTable(), scene, 'g1')
    const sent = documents.map((document) => sentDocument(world, document, terms))
    const { account } = await deliverDocuments({ server, ledger, scene, generation: 'g1' }, sent)
    expect(account.written).toBe(documents.length)
    await ask('POST', `/${scene}-g1/_refresh`)
    await pointAlias(server, scene, 'g1')
    return { server, index: scene, terms, scale: await readScoreScale(server) }
  }

  const storeOf = (target: SearchTarget, { definition, analyzers }: SmallIndex): SearchStore => ({
    search: (query, options) =>
      searchServer(target, definition, analyzers, query, options) as ReturnType<
        SearchStore['search']
      >,
  })
  const compare = (
    target: SearchTarget,
    world: SmallIndex,
    query: string,
    options: SearchOptions,
  ): Promise<void> => compareHits(storeOf(target, world), world, query, options)

  for (const terms of ['server', 'ours'] as const) {
    let opened = 0
    searchIndexSuite(`OpenSearch with the terms of ${terms}`, async (world, documents) => {
      const scene = `suite-${terms}-${++opened}`
      return storeOf(await index(scene, world, documents, terms), world)
    })
  }

  test('With our terms any text finds what our own index finds', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 30 })
    const found = fc.array(text, { minLength: 20, maxLength: 20 })
    const [texts] = fc.sample(found, { numRuns: 1, seed: 5 })
    const documents = texts!.map((any, n) => ({
      ...{ id: `d${n}`, texts: { title: any, text: any, tags: any } },
    }))
    const world = openWorld(documents)
    const target = await index('any', world, documents, 'ours')
    for (const query of texts!) {
      await compare(target, world, query, {})
      await compare(target, world, `"${query}"`, { operator: 'and' })
    }
  })

  test('Words rank alike on several shards', async () => {
    const world = openWorld(DOCUMENTS)
    const target = await index('shards', world, DOCUMENTS, 'server', 3)
    for (const query of ['shoes', 'red laptop 東京', '+trail of boots', 'jack* -blue', ''])
      for (const operator of ['or', 'and'] as const)
        await compare(target, world, query, { operator, facets: ['brand', 'a.b'] })
  })

  test('A CJK phrase across a run is the known difference', async () => {
    const documents = ['東京大阪', '東京 大阪', '大阪 東京'].map((tags, n) => ({
      ...{ id: `d${n}`, texts: { title: '', text: '', tags } },
    }))
    const world = openWorld(documents)
    for (const [terms, ids] of [
      ['ours', ['d0', 'd1']],
      ['server', ['d1']],
    ] as const) {
      const target = await index(`cjk-${terms}`, world, documents, terms)
      const { definition, analyzers } = world
      const { hits } = await searchServer(target, definition, analyzers, '"東京 大阪"')
      expect(hits.map(({ id }) => id).sort()).toEqual(ids)
    }
    expect(world.idsOf('"東京 大阪"').sort()).toEqual(['d0', 'd1'])
  })

  test('Pages and documents are those that were asked for', async () => {
    const world = openWorld(DOCUMENTS)
    const target = await index('pages', world, DOCUMENTS, 'server')
    const options = { limit: 3, offset: 4, documents: true, sort: 'score' as const }
    const { hits, total } = await searchServer(
      target,
      world.definition,
      world.analyzers,
      'shoes',
      options,
    )
    const own = world.search('shoes', options)
    expect(hits.map(({ id }) => id)).toEqual(own.hits.map(({ id }) => id))
    expect(hits.map(({ document }) => document)).toEqual(
      own.hits.map(({ id }) => storedOf(DOCUMENTS.find((one) => one.id === id)!)),
    )
    expect(total).toBe(own.total)
  })
}
