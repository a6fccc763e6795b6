import type { Family } from '../contract/family.ts'
import {
  cleanItemFiles,
  cleanUserFiles,
  closedFiles,
  evaluations,
  versionManifests,
} from '../contract/keys.ts'
import type { ObjectStore } from './objects.ts'

/**
 * Families of objects that never change once they exist, and that several runs read. Such an object is
 * put only if it is absent, or its name is a digest of its inputs. Pointers, commits, accounts and
 * reports are not among them.
 */
export const IMMUTABLE: readonly Family[] = [
  ...[versionManifests, evaluations],
  ...[closedFiles, cleanItemFiles, cleanUserFiles],
]
/** Of one warm process: a day of a small scene's objects. A function has 512 MiB or more. */
const MAX_BYTES = 32 * 2 ** 20

const escaped = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&')
const patterns = IMMUTABLE.map(
  ({ pattern }) => new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`),
)
const isImmutable = (key: string): boolean => patterns.some((pattern) => pattern.test(key))

/**
 * A store that remembers the bytes of immutable objects, so that a warm process gets each once.
 * `find`, `head` and `list` always ask the store, and a write removes its key from the cache, so a
 * retry decides as it would without the cache. Memory: `maxBytes`. The least recently used object is
 * removed first. The caller must not change the bytes.
 */
export function cacheImmutable(store: ObjectStore, maxBytes = MAX_BYTES): ObjectStore {
  const held = new Map<string, Uint8Array>()
  let heldBytes = 0
  function forget(key: string): void {
    heldBytes -= held.get(key)?.byteLength ?? 0
    held.delete(key)
  }
  function remember(key: string, body: Uint8Array): Uint8Array {
    forget(key)
    if (body.byteLength > maxBytes || !isImmutable(key)) return body
    held.set(key, body)
    heldBytes += body.byteLength
    for (const oldest of held.keys()) {
      if (heldBytes <= maxBytes) break
      forget(oldest)
    }
    return body
  }
  return {
    ...store,
    async get(key) {
      return remember(key, held.get(key) ?? (await store.get(key)))
    },
    find: (key) => store.find(key),
    async put(key, body, contentType) {
      forget(key)
      await store.put(key, body, contentType)
    },
    async putIfAbsent(key, body, contentType) {
      const isOurs = await store.putIfAbsent(key, body, contentType)
      if (isOurs) remember(key, typeof body === 'string' ? new TextEncoder().encode(body) : body)
      return isOurs
    },
    async delete(key) {
      forget(key)
      await store.delete(key)
    },
  }
}
