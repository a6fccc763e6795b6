import { beforeEach, describe, expect, test } from 'vitest'
import { searchPagesKey } from '../../functions/contract/search-index.ts'
import { retireGenerations } from '../../functions/search-index/retire.ts'
import { PAGE_BYTES } from '../../functions/search-index/segment/page-sums.ts'
import { readHeader } from '../../functions/search-index/segment/sections.ts'
import { GENERATION } from '../make/written-index.ts'
import { keysOf, openReader, searchAll, type World, written } from './paged-world.ts'

let world: World
beforeEach(async () => {
  world = await written()
})

describe('Pages in rows', () => {
  const segments = () =>
    keysOf(world, 'pages').map((key) => ({
      ...{ scene: 'feed', generation: GENERATION },
      digest: /([0-9a-f]{32})\.pages$/.exec(key)![1]!,
    }))
  const rowsOf = async (segment: ReturnType<typeof segments>[number]) =>
    (await world.online.queryFrom(searchPagesKey(segment, 0).pk, '')).map(({ sk, ...row }) => ({
      ...{ sk, bytes: row['bytes'] as Uint8Array },
    }))

  test('Rows have all pages, each in less than one read unit', async () => {
    world = await written({ hasRows: true })
    for (const segment of segments()) {
      const rows = await rowsOf(segment)
      const { body } = world.models.contents.get(
        keysOf(world, 'index').find((k) => k.includes(segment.digest))!,
      )!
      const { postings, positions } = readHeader(body, 'x').sections
      rows.sort((a, b) => Number(a.sk) - Number(b.sk))
      expect(Buffer.concat(rows.map(({ bytes }) => bytes))).toEqual(
        Buffer.from(body.subarray(postings.at, positions.at + positions.bytes)),
      )
      const { pk, sk } = searchPagesKey({ ...segment, scene: 's'.repeat(24) }, 999_999_999)
      const names = 'pk'.length + 'sk'.length + 'bytes'.length
      expect(names + pk.length + sk.length + 4 * PAGE_BYTES).toBeLessThanOrEqual(4096)
    }
  })

  test('Rows that are absent are read from S3, whatever was chosen before', async () => {
    const expected = await searchAll(openReader(world, 'memory').search)
    expect(await searchAll(openReader(world, 'dynamodb').search)).toEqual(expected)
    world = await written({ hasRows: true })
    for (const segment of segments()) {
      const keys = (await rowsOf(segment)).map(({ sk }) => searchPagesKey(segment, Number(sk)))
      await world.online.deleteAll(keys.filter((_, n) => n % 2 === 1))
    }
    expect(await searchAll(openReader(world, 'dynamodb').search)).toEqual(expected)
  })

  test('A flipped byte of a row is refused', async () => {
    world = await written({ hasRows: true })
    const [segment] = segments()
    const bytes = (await rowsOf(segment!))[0]!.bytes.slice()
    bytes[17]! ^= 1
    await world.online.put(...(Object.values(searchPagesKey(segment!, 0)) as [string, string]), {
      bytes,
    })
    const searching = openReader(world, 'dynamodb').search('word*')
    await expect(searching).rejects.toThrow(/: page 0: got checksum [0-9a-f]+, expected [0-9a-f]+$/)
  })

  test('Retired generations leave no row, also after a stop', async () => {
    world = await written({ hasRows: true })
    const kept = [{ generation: `00000001-${Date.UTC(2027, 0, 1)}`, fenceMs: Date.UTC(2027, 0, 1) }]
    const all = kept.map((one) => ({ ...one, status: 'accepted' as const, reason: '' }))
    const before = segments()
    const stopping = {
      ...world.online,
      deleteAll: async () => {
        throw new Error('stopped')
      },
    }
    await expect(
      retireGenerations({ ...world, online: stopping, scene: 'feed' }, all),
    ).rejects.toThrow('stopped')
    expect(segments().length).toBeGreaterThan(0)
    expect(await retireGenerations({ ...world, scene: 'feed' }, all)).toBe(0)
    for (const segment of before) expect(await rowsOf(segment)).toEqual([])
    expect(keysOf(world, 'pages')).toEqual([])
  })

  test('Without rows, a retired generation costs one read for each segment', async () => {
    const deleted: unknown[] = []
    const online = { ...world.online, deleteAll: async (keys: unknown) => void deleted.push(keys) }
    const kept = { generation: `00000001-${Date.UTC(2027, 0, 1)}`, fenceMs: Date.UTC(2027, 0, 1) }
    const all = [{ ...kept, status: 'accepted' as const, reason: '' }]
    await retireGenerations({ ...world, online, scene: 'feed' }, all)
    expect(deleted).toEqual([])
  })
})
