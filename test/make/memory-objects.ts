import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { ObjectMissing } from '../../functions/core/errors.ts'
import type { ObjectStore } from '../../functions/core/objects.ts'

export interface MemoryObjects extends ObjectStore {
  readonly contents: Map<string, { body: Uint8Array; metadata: Record<string, string> }>
  /** A put with metadata, as a producer of drops does it. */
  drop(key: string, body: Uint8Array | string, metadata?: Record<string, string>): void
}

/** The object-store port in memory, for tests of pure stages. */
export function memoryObjects(bucket = 'memory'): MemoryObjects {
  const contents: MemoryObjects['contents'] = new Map()
  const bytes = (body: Uint8Array | string): Uint8Array =>
    typeof body === 'string' ? new TextEncoder().encode(body) : body
  const info = (key: string) => {
    const { body, metadata } = contents.get(key)!
    return {
      key,
      bytes: body.byteLength,
      etag: `"${createHash('md5').update(body).digest('hex')}"`,
      versionId: null,
      modifiedMs: 0,
      metadata,
    }
  }
  const open = (key: string): Uint8Array => {
    const found = contents.get(key)
    if (!found) throw new ObjectMissing(`no object s3://${bucket}/${key}`)
    return found.body
  }
  return {
    bucket,
    contents,
    drop: (key, body, metadata = {}) => void contents.set(key, { body: bytes(body), metadata }),
    get: async (key) => open(key),
    find: async (key) => contents.get(key)?.body ?? null,
    stream: async (key) => {
      const body = open(key)
      const chunks: Uint8Array[] = []
      for (let at = 0; at < body.byteLength; at += 65_536)
        chunks.push(body.subarray(at, at + 65_536))
      return { body: Readable.from(chunks), info: info(key) }
    },
    head: async (key) => (contents.has(key) ? info(key) : null),
    put: async (key, body) => void contents.set(key, { body: bytes(body), metadata: {} }),
    putIfAbsent: async (key, body) => {
      if (contents.has(key)) return false
      contents.set(key, { body: bytes(body), metadata: {} })
      return true
    },
    delete: async (key) => void contents.delete(key),
    list: async (prefix, startAfter = '') =>
      [...contents.keys()]
        .filter((key) => key.startsWith(prefix) && key > startAfter)
        .sort()
        .map((key) => ({ key, bytes: contents.get(key)!.body.byteLength })),
  }
}
