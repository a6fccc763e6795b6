import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { compareKeys } from '../../cdk/local/s3/key-order.ts'
import { BrokenBody, ObjectMissing } from '../../functions/core/errors.ts'
import type { ObjectStore } from '../../functions/core/objects.ts'

interface MemoryObject {
  body: Uint8Array
  metadata: Record<string, string>
}
export interface MemoryObjects extends ObjectStore {
  readonly contents: Map<string, MemoryObject>
  /** A put with metadata, as a producer of drops does it; answers the version that it made. */
  drop(key: string, body: Uint8Array | string, metadata?: Record<string, string>): string
  /** Deletes one version for good, as a rule of the bucket does when its time has come. */
  expire(key: string, versionId: string): void
}

/** The object-store port in memory, for tests of pure stages. Its bucket keeps versions. */
export function memoryObjects(bucket = 'memory'): MemoryObjects {
  const contents: MemoryObjects['contents'] = new Map()
  const versions = new Map<string, MemoryObject>()
  const versionIds = new WeakMap<MemoryObject, string>()
  let writes = 0
  const bytes = (body: Uint8Array | string): Uint8Array =>
    typeof body === 'string' ? new TextEncoder().encode(body) : body
  const write = (
    key: string,
    body: Uint8Array | string,
    metadata: Record<string, string> = {},
  ): string => {
    const object = { body: bytes(body), metadata }
    const versionId = `version-${++writes}`
    contents.set(key, object)
    versions.set(`${key}\n${versionId}`, object)
    versionIds.set(object, versionId)
    return versionId
  }
  const info = (key: string, object: MemoryObject) => {
    const { body, metadata } = object
    return {
      key,
      bytes: body.byteLength,
      etag: `"${createHash('md5').update(body).digest('hex')}"`,
      versionId: versionIds.get(object) ?? null,
      modifiedMs: 0,
      metadata,
    }
  }
  const open = (key: string, versionId: string | null = null): MemoryObject => {
    const found = versionId === null ? contents.get(key) : versions.get(`${key}\n${versionId}`)
    if (!found) throw new ObjectMissing(`no object s3://${bucket}/${key} ${versionId ?? ''}`)
    return found
  }
  return {
    bucket,
    contents,
    drop: write,
    expire: (key, versionId) => {
      const object = open(key, versionId)
      if (contents.get(key) === object) contents.delete(key)
      versions.delete(`${key}\n${versionId}`)
    },
    get: async (key) => open(key).body,
    find: async (key) => contents.get(key)?.body ?? null,
    stream: async (key, versionId) => {
      const object = open(key, versionId)
      const { body } = object
      const chunks: Uint8Array[] = []
      for (let at = 0; at < body.byteLength; at += 65_536)
        chunks.push(body.subarray(at, at + 65_536))
      return { body: Readable.from(chunks), info: info(key, object) }
    },
    range: async ({ key, versionId, etag }, from, through) => {
      const object = open(key, versionId)
      if (info(key, object).etag !== etag)
        throw new BrokenBody(`s3://${bucket}/${key}: the object was replaced while it was read`)
      return object.body.slice(from, through)
    },
    head: async (key) => {
      const object = contents.get(key)
      return object ? info(key, object) : null
    },
    put: async (key, body) => void write(key, body),
    putIfAbsent: async (key, body) => {
      if (contents.has(key)) return false
      write(key, body)
      return true
    },
    delete: async (key) => void contents.delete(key),
    list: async (prefix, startAfter = '') =>
      [...contents.keys()]
        .filter((key) => key.startsWith(prefix) && compareKeys(key, startAfter) > 0)
        .sort(compareKeys)
        .map((key) => ({ key, bytes: contents.get(key)!.body.byteLength })),
  }
}
