import { describe, expect, test } from 'vitest'
import { stages } from '../../cdk/rooms.ts'
import {
  closedKey,
  closingCommitKey,
  closingPlanKey,
  closingSuccessorKey,
  dropManifestKey,
  reportKey,
  runPlanKey,
  versionEvaluationKey,
  versionModelKey,
} from '../../functions/contract/keys.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { ObjectMissing } from '../../functions/core/errors.ts'
import { cacheImmutable, IMMUTABLE } from '../../functions/core/object-cache.ts'
import { memoryObjects } from '../make/memory-objects.ts'

const EVALUATION = versionEvaluationKey('feed', 'hourly-2026010500-aaaaaaaa')
const closedAt = (hour: number): string =>
  closedKey({ scene: 'feed', hourMs: 0, closedThroughMs: hour * HOUR_MS, accepted: 1 })
const CLOSED = closedAt(1)
const CHANGING = [
  closingPlanKey('feed', HOUR_MS),
  closingCommitKey('feed', HOUR_MS),
  closingSuccessorKey('feed', HOUR_MS),
  dropManifestKey('feed', { arrivalMs: 0, drop: 'a'.repeat(32) }),
  runPlanKey('feed', 'hourly', 0),
  reportKey('feed'),
  versionModelKey('feed', 'full-2026010500-aaaaaaaa'),
]
const text = (bytes: Uint8Array | null): string | null => bytes && new TextDecoder().decode(bytes)

/** A store behind the cache, and how often each key was read from it. */
function openCounted(maxBytes?: number) {
  const memory = memoryObjects()
  const reads: string[] = []
  const counted = {
    ...memory,
    get: (key: string) => {
      reads.push(key)
      return memory.get(key)
    },
    find: (key: string) => {
      reads.push(key)
      return memory.find(key)
    },
  }
  return { memory, reads, cache: cacheImmutable(counted, maxBytes) }
}

describe('the cache of immutable objects', () => {
  test('A warm process reads an immutable object once', async () => {
    const { memory, reads, cache } = openCounted()
    for (const key of [EVALUATION, CLOSED, closedAt(2)]) {
      await memory.put(key, key)
      for (let i = 0; i < 3; i++) expect(text(await cache.get(key))).toBe(key)
      expect(reads.filter((read) => read === key)).toHaveLength(1)
    }
  })

  test('The writer of an immutable object does not read it again', async () => {
    const { memory, reads, cache } = openCounted()
    expect(await cache.putIfAbsent(EVALUATION, 'ours')).toBe(true)
    expect(text(await cache.get(EVALUATION))).toBe('ours')
    expect(reads).toEqual([])
    await memory.put(CLOSED, 'theirs')
    expect(await cache.putIfAbsent(CLOSED, 'ours')).toBe(false)
    expect(text(await cache.get(CLOSED))).toBe('theirs')
  })

  test.each(CHANGING)('A key that can change is read every time: %s', async (key) => {
    const { memory, cache } = openCounted()
    expect(await cache.putIfAbsent(key, 'first')).toBe(true)
    expect(text(await cache.get(key))).toBe('first')
    await memory.put(key, 'second')
    expect(text(await cache.get(key))).toBe('second')
    expect(text(await cache.find(key))).toBe('second')
  })

  test('Whether an object stands is asked of the store every time', async () => {
    const { memory, cache } = openCounted()
    await cache.putIfAbsent(EVALUATION, 'there')
    await memory.delete(EVALUATION)
    expect(await cache.find(EVALUATION)).toBeNull()
    expect(await cache.list('models/')).toEqual([])
    expect(await cache.head(EVALUATION)).toBeNull()
  })

  test('A missing object is asked for again', async () => {
    const { memory, cache } = openCounted()
    expect(await cache.find(EVALUATION)).toBeNull()
    await expect(cache.get(EVALUATION)).rejects.toThrow(ObjectMissing)
    await memory.put(EVALUATION, 'there')
    expect(text(await cache.get(EVALUATION))).toBe('there')
  })

  test('A write or a delete forgets what was remembered', async () => {
    const { cache } = openCounted()
    await cache.putIfAbsent(CLOSED, 'one')
    await cache.put(CLOSED, 'two')
    expect(text(await cache.get(CLOSED))).toBe('two')
    await cache.delete(CLOSED)
    expect(await cache.find(CLOSED)).toBeNull()
  })

  test('The cache holds no more bytes than its bound', async () => {
    const { memory, reads, cache } = openCounted(10)
    const keys = [1, 2, 3].map(closedAt)
    for (const key of keys) {
      await memory.put(key, '12345')
      await cache.get(key)
    }
    await cache.get(keys[2]!)
    await cache.get(keys[1]!)
    expect(reads).toEqual(keys)
    await cache.get(keys[0]!)
    expect(reads).toEqual([...keys, keys[0]])
    await memory.put(EVALUATION, '12345678901')
    for (let i = 0; i < 2; i++) await cache.get(EVALUATION)
    expect(reads.slice(-2)).toEqual([EVALUATION, EVALUATION])
  })

  test('No stage deletes an object that the cache may remember', () => {
    const deleted = stages.flatMap(({ stage }) => stage.deletes ?? [])
    expect(deleted.length).toBeGreaterThan(0)
    const isDeleted = (key: string): boolean =>
      deleted.some(({ pattern }) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(key))
    for (const { pattern } of IMMUTABLE) expect(isDeleted(pattern.replaceAll('*', 'x'))).toBe(false)
  })
})
