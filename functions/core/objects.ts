import type { Readable } from 'node:stream'
import { CorruptArtifact, describeFirstError } from './errors.ts'

export interface ObjectInfo {
  key: string
  bytes: number
  etag: string
  /** Null if the bucket keeps no versions. */
  versionId: string | null
  modifiedMs: number
  metadata: Readonly<Record<string, string>>
}

/** Random access to bytes. */
export interface RandomAccess {
  bytes: number
  /** `through` is exclusive, and at most the length of the file. */
  slice(from: number, through: number): Promise<Uint8Array>
}

/** The port to one bucket: S3 on AWS and on the local cloud, memory in tests. */
export interface ObjectStore {
  readonly bucket: string
  /** The whole object. Throws ObjectMissing. */
  get(key: string): Promise<Uint8Array>
  /** The whole object, or null if it does not exist. */
  find(key: string): Promise<Uint8Array | null>
  /**
   * The bytes of an object of any size, as a stream. With `versionId` it reads that version, even
   * if the key was overwritten since. Throws ObjectMissing.
   */
  stream(key: string, versionId?: string | null): Promise<{ body: Readable; info: ObjectInfo }>
  /**
   * Some bytes of one version of an object, that of `etag`. Throws ObjectMissing. Throws BrokenBody
   * if another object has taken its place.
   */
  range(
    object: Pick<ObjectInfo, 'key' | 'versionId' | 'etag'>,
    from: number,
    through: number,
  ): Promise<Uint8Array>
  head(key: string): Promise<ObjectInfo | null>
  put(key: string, body: Uint8Array | string, contentType?: string): Promise<void>
  /** Puts the object unless the key exists. Returns whether this call wrote it. */
  putIfAbsent(key: string, body: Uint8Array | string, contentType?: string): Promise<boolean>
  /**
   * Deleting twice has the same effect as deleting once. A versioned bucket keeps the bytes as a
   * noncurrent version behind a delete marker.
   */
  delete(key: string): Promise<void>
  /** Every key with the prefix, in order of UTF-8 bytes; with `startAfter`, only those after it. */
  list(prefix: string, startAfter?: string): Promise<{ key: string; bytes: number }[]>
}

const decoder = new TextDecoder()

type Schema<T> = { parse(value: unknown): T }

/** An object that does not match its schema will not match it on a retry either. */
function parseJson<T>({ bucket }: ObjectStore, key: string, bytes: Uint8Array, schema: Schema<T>) {
  try {
    return schema.parse(JSON.parse(decoder.decode(bytes)))
  } catch (cause) {
    throw new CorruptArtifact(`s3://${bucket}/${key}: ${describeFirstError(cause)}`, { cause })
  }
}

/**
 * A JSON object, parsed by its schema. Throws ObjectMissing, and CorruptArtifact that names the
 * key.
 */
export async function getJson<T>(store: ObjectStore, key: string, schema: Schema<T>): Promise<T> {
  return parseJson(store, key, await store.get(key), schema)
}

/** As getJson, or null if the object does not exist. */
export async function findJson<T>(
  store: ObjectStore,
  key: string,
  schema: Schema<T>,
): Promise<T | null> {
  const found = await store.find(key)
  return found === null ? null : parseJson(store, key, found, schema)
}
