import { beforeEach, describe, expect, test } from 'vitest'
import type { SearchRead } from '../../functions/contract/search.ts'
import { BrokenBody, CorruptArtifact } from '../../functions/core/errors.ts'
import { openRetrieval } from '../../functions/reader/retrieval.ts'
import { openSearch } from '../../functions/reader/search.ts'
import { ListCache } from '../../functions/search-index/pages/list-cache.ts'
import { MAX_LIST_BYTES, PagedReads } from '../../functions/search-index/pages/paged-reads.ts'
import {
  encodePageSums,
  openPageSums,
  pagesIn,
} from '../../functions/search-index/segment/page-sums.ts'
import { readHeader, SECTIONS } from '../../functions/search-index/segment/sections.ts'
import { readsOfQueries } from '../bench/search/paged.ts'
import { readIndex } from '../make/written-index.ts'
import {
  keysOf,
  openReader,
  QUERIES,
  SEGMENTS,
  searchAll,
  type World,
  wordsOf,
  written,
} from './paged-world.ts'
import { encodeAndOpen, textDocument } from './segment/naive-index.ts'

let world: World
beforeEach(async () => {
  world = await written()
})

describe('An index in pages', () => {
  test('The first search waits for one round, and a repeat for none', async () => {
    for (const [query, options] of QUERIES) {
      const { search, counts } = openReader(world, 's3')
      await search('absent')
      expect(counts.rounds, query).toBe(0)
      const first = await search(query, options)
      expect(counts.rounds, query).toBe(1)
      expect(first.total).toBeGreaterThan(0)
      expect(await search(query, options)).toEqual(first)
      expect(counts.rounds, query).toBe(1)
    }
  })

  test('Searches at once hold their lists without any cache', async () => {
    const expected = await searchAll(openReader(world, 'memory').search)
    const { search, counts, reads } = openReader(world, 's3', 0)
    for (let n = 0; n < 2; n++) expect(await searchAll(search)).toEqual(expected)
    expect(counts.rounds).toBeGreaterThan(QUERIES.length)
    expect(reads.listBytes).toBe(0)
  })

  test('Passages are the same in memory and in pages', async () => {
    const retrieved = async (read: SearchRead) => {
      const index = readIndex(world, read, { reads: new PagedReads(0) })
      const { retrieve } = openRetrieval({
        ...{ scene: 'feed', index, models: world.models, online: world.online, latentMs: 1 },
        ...{ timer: () => () => {}, onFault: (fault) => expect(fault).toBeNull() },
      })
      const filters = { brand: ['brand 1', 'brand 2'] }
      return [await retrieve('word1 word7'), await retrieve('word3 word9', { filters, k: 50 })]
    }
    const expected = await retrieved('memory')
    expect(expected[1]!.passages).toHaveLength(50)
    expect(expected[0]!.passages.some(({ ranks }) => 'feedback' in ranks)).toBe(true)
    expect(await retrieved('s3')).toEqual(expected)
  })

  test('Small segments and those without checksums of pages are read whole', async () => {
    const expected = await searchAll(openReader(world, 'memory').search)
    const plain = await written({ minBytes: Number.POSITIVE_INFINITY })
    expect(keysOf(plain, 'pages')).toEqual([])
    for (const [stores, minPagedBytes] of [
      [plain, 0],
      [world, 2 ** 20],
    ] as const) {
      const reads = new PagedReads()
      const { search } = openSearch(readIndex(stores, 's3', { reads, minPagedBytes }))
      expect(await searchAll(search)).toEqual(expected)
      expect(reads.counts).toEqual({ rounds: 0, requests: 0, bytes: 0 })
    }
  })

  test('An object that was written again is read by its new etag', async () => {
    let broken = 0
    const { models } = world
    const range: typeof models.range = async (object, from, through) => {
      if (object.etag === 'old') throw new BrokenBody(`the ${++broken}th`)
      return models.range(object, from, through)
    }
    let heads = 0
    const head: typeof models.head = async (key) => {
      const info = await models.head(key)
      return info && (heads++ < SEGMENTS ? { ...info, etag: 'old' } : info)
    }
    const index = readIndex({ ...world, models: { ...models, range, head } }, 's3')
    const { total } = await openSearch(index).search('word1')
    expect(total).toBe((await openReader(world, 'memory').search('word1')).total)
    expect(broken).toBeGreaterThan(0)
  })
})

test('A two-word query reads at most 16 KB, in one round', async () => {
  const [cold, warm] = await readsOfQueries(4000, [
    { read: 's3', listBytes: 0 },
    { read: 's3', listBytes: MAX_LIST_BYTES },
  ])
  for (const { rounds, bytes } of cold!) {
    expect(rounds).toBe(1)
    expect(bytes).toBeGreaterThan(0)
    expect(bytes).toBeLessThanOrEqual(16 * 1024)
  }
  expect(Math.max(...warm!.map(({ rounds }) => rounds))).toBe(1)
  const sumOf = (own: typeof cold): number => own!.reduce((sum, { bytes }) => sum + bytes, 0)
  expect(sumOf(warm)).toBeLessThan(sumOf(cold) / 2)
})

describe('A damaged index in pages', () => {
  test.each(SECTIONS)('A flipped byte of %s is refused when it is read', async (section) => {
    const key = keysOf(world, 'index')[0]!
    const { body } = world.models.contents.get(key)!
    const { at, bytes } = readHeader(body, key).sections[section]
    for (const place of [at, at + (bytes >> 1), at + bytes - 1]) {
      body[place]! ^= 1
      const { search } = openReader(world, 's3')
      const searching = searchAll(search).then(() => search('word*', { limit: 1000 }))
      // No search reads the versions and the exact lengths of documents.
      if (section === 'versions' || section === 'lengths') await searching
      else {
        await expect(searching).rejects.toThrow(CorruptArtifact)
        await expect(searching).rejects.toThrow(/: got checksum [0-9a-f]+, expected [0-9a-f]+$/)
        await expect(searching).rejects.toThrow(key)
      }
      body[place]! ^= 1
    }
  })

  test('A flipped byte of the checksums or the header is refused', async () => {
    const [pages, index] = [keysOf(world, 'pages')[0]!, keysOf(world, 'index')[0]!]
    for (const [key, at] of [
      [pages, 0],
      [pages, 9],
      [pages, 20],
      [pages, 30],
      [index, 40],
    ] as const) {
      const { body } = world.models.contents.get(key)!
      body[at]! ^= 1
      await expect(openReader(world, 's3').search('word1')).rejects.toThrow(CorruptArtifact)
      body[at]! ^= 1
    }
  })

  test('Checksums of another number of pages are refused', () => {
    const { index } = encodeAndOpen([textDocument('a', wordsOf(1))])
    const sums = encodePageSums(index)
    expect(pagesIn(sums.length)).toBe(1)
    expect(() => openPageSums(sums, 'x', 2)).toThrow('x: pages: got 36 bytes, expected 44')
  })
})

test('A cache of lists drops those that were used least recently', () => {
  const cache = new ListCache(3500)
  const list = (length: number) => {
    const bytes = new Uint8Array(length)
    return { bytes, view: new DataView(bytes.buffer), at: 0 }
  }
  for (const key of ['a', 'b', 'c']) cache.set(key, list(700))
  expect(cache.get('a')).not.toBeNull()
  cache.set('d', list(700))
  expect([cache.get('a'), cache.get('b'), cache.get('c'), cache.get('d')].map(Boolean)).toEqual([
    ...[true, false, true, true],
  ])
  cache.set('a', list(100))
  expect(cache.bytes).toBe(100 + 700 + 700 + 3 * 300)
  cache.set('large', list(5000))
  expect([cache.bytes, cache.get('large')]).toEqual([0, null])
})
