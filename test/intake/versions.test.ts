import { describe, expect, test } from 'vitest'
import { rawKey } from '../../functions/contract/keys.ts'
import { isoSeconds } from '../../functions/contract/time.ts'
import { landedOf, objectCreatedSchema } from '../../functions/intake/drop.ts'
import { intakeDrop } from '../../functions/intake/intake.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { ARRIVAL_MS, good, scene } from './take-in.ts'

const KEY = rawKey('feed', 'events', 'again.jsonl')
const lines = (...ids: string[]): string => ids.map((eventId) => good({ eventId })).join('\n')

/** Three stores, and intake on the events that S3 sends of what lands in the first. */
function makeWorld() {
  const raw = memoryObjects('raw')
  const ports = {
    raw,
    lake: memoryObjects('lake'),
    quarantine: memoryObjects('quarantine'),
    configuration: { scenes: { feed: scene } },
    identityKey: 'secret',
    producerKeys: async () => ({}),
    codeDigest: 'code',
  }
  const takeIn = (version?: string) => {
    const object = { key: KEY, etag: 'etag', ...(version ? { 'version-id': version } : {}) }
    const event = { time: isoSeconds(ARRIVAL_MS), detail: { bucket: { name: 'raw' }, object } }
    return intakeDrop(ports, landedOf(objectCreatedSchema.parse(event))!)
  }
  return { raw, lake: ports.lake, takeIn }
}

describe('Folder markers', () => {
  const created = (key: string, size: number) =>
    objectCreatedSchema.parse({
      time: '2026-01-05T11:02:00Z',
      detail: { bucket: { name: 'raw' }, object: { key, size, etag: 'e' } },
    })

  test('A folder marker is not a drop and has no account', () => {
    for (const key of ['raw/feed/events/', 'raw/feed/', 'raw/', 'raw/feed/events_$folder$'])
      expect(landedOf(created(key, 0)), key).toBeNull()
  })

  test('Only an empty object with a folder key is a marker', () => {
    expect(landedOf(created('raw/feed/events/a.jsonl', 0))).toMatchObject({
      rawKey: 'raw/feed/events/a.jsonl',
    })
    expect(landedOf(created('raw/feed/events/', 12))).not.toBeNull()
  })
})

describe('Overwritten drops', () => {
  test('An overwritten drop is read in both of its versions', async () => {
    const { raw, takeIn } = makeWorld()
    const versions = [lines('a', 'b', 'c'), lines('d')].map((body) => raw.drop(KEY, body))
    const [first, second] = [await takeIn(versions[0]), await takeIn(versions[1])]
    expect([first.account.accepted, second.account.accepted]).toEqual([3, 1])
    expect(first.account.drop).not.toBe(second.account.drop)
  })

  test('A deleted version is refused in its account; the next is read', async () => {
    const { raw, takeIn } = makeWorld()
    const versions = [lines('a', 'b', 'c'), lines('d')].map((body) => raw.drop(KEY, body))
    raw.expire(KEY, versions[0]!)
    const { account, isNew } = await takeIn(versions[0])
    expect(isNew).toBe(true)
    expect(account).toMatchObject({ read: 0, accepted: 0, files: [] })
    expect(account.refused).toEqual({
      reason: 'gone',
      detail: `got no object of version ${versions[0]}, expected the one that landed: it was deleted before it was read; nothing was read, drop it again`,
    })
    expect((await takeIn(versions[1])).account.accepted).toBe(1)
  })

  test('A drop is read by key when its event has no version', async () => {
    const { raw, takeIn } = makeWorld()
    raw.drop(KEY, lines('a'))
    raw.drop(KEY, lines('b', 'c'))
    expect((await takeIn()).account.accepted).toBe(2)
  })
})

describe('Redelivered drops', () => {
  test('A repeated drop is new to one delivery only, even in parallel', async () => {
    const { raw, takeIn } = makeWorld()
    const version = raw.drop(KEY, lines('a', 'b'))
    const both = await Promise.all([takeIn(version), takeIn(version)])
    const later = await takeIn(version)
    expect([...both, later].filter(({ isNew }) => isNew)).toHaveLength(1)
    expect(both[1]!.account).toEqual(both[0]!.account)
    expect(later).toEqual({ account: both[0]!.account, isNew: false })
  })

  test('A repeated delivery returns the existing account, whatever it read itself', async () => {
    const { raw, lake, takeIn } = makeWorld()
    const version = raw.drop(KEY, lines('a'))
    const read = raw.stream
    // Another delivery ends first: it read the object before it was deleted, and this one does not.
    raw.stream = async (...of) => {
      raw.stream = read
      await takeIn(version)
      raw.expire(KEY, version)
      return read(...of)
    }
    const { account, isNew } = await takeIn(version)
    expect([account.accepted, account.refused, isNew]).toEqual([1, null, false])
    expect([...lake.contents.keys()].filter((key) => key.startsWith('manifests/'))).toHaveLength(1)
  })
})
