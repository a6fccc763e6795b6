import { describe, expect, test } from 'vitest'
import { dropManifestKey, rawKey } from '../../functions/contract/keys.ts'
import { isoSeconds } from '../../functions/contract/time.ts'
import { ObjectMissing } from '../../functions/core/errors.ts'
import { landedOf, type ObjectCreated } from '../../functions/intake/drop.ts'
import { intakeDrop } from '../../functions/intake/intake.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { ARRIVAL_MS, good, scene } from './take-in.ts'

const KEY = rawKey('feed', 'events', 'drop.jsonl')
const createdOf = (version: string): ObjectCreated => ({
  time: isoSeconds(ARRIVAL_MS),
  detail: {
    bucket: { name: 'raw' },
    object: { key: KEY, size: 1, etag: version, 'version-id': version },
  },
})
const lines = (...ids: string[]): string => ids.map((eventId) => good({ eventId })).join('\n')

function openStores() {
  const [raw, lake] = [memoryObjects('raw'), memoryObjects('lake')]
  const ports = {
    ...{ raw, lake, quarantine: memoryObjects('quarantine'), identityKey: 'k', codeDigest: 'c' },
    configuration: { scenes: { feed: scene } },
  }
  return { raw, lake, take: (version: string) => intakeDrop(ports, landedOf(createdOf(version))) }
}

describe('a key that is put again', () => {
  test('is another drop: each is read by its own version, however late its event is', async () => {
    const { raw, take } = openStores()
    const first = raw.drop(KEY, lines('a', 'b', 'c'))
    const second = raw.drop(KEY, lines('d'))
    const manifests = [await take(first), await take(second)]
    expect(manifests.map(({ read, accepted, bytes }) => ({ read, accepted, bytes }))).toEqual([
      { read: 3, accepted: 3, bytes: lines('a', 'b', 'c').length },
      { read: 1, accepted: 1, bytes: lines('d').length },
    ])
    expect(manifests[0]!.drop).not.toBe(manifests[1]!.drop)
  })

  test('throws for a version that is gone, and leaves no account that says it was read', async () => {
    const { raw, lake, take } = openStores()
    raw.drop(KEY, lines('a'))
    await expect(take('gone')).rejects.toThrow(ObjectMissing)
    expect(lake.contents.has(dropManifestKey('feed', landedOf(createdOf('gone'))))).toBe(false)
  })
})
