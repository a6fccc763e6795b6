import type { Readable } from 'node:stream'
import { CorruptArtifact, sayWrong } from './errors.ts'

export interface ObjectInfo {
  key: string
  bytes: number
  etag: string
  /** Where the bucket keeps versions. */
  versionId: string | null
  modifiedMs: number
  metadata: Readonly<Record<string, string>>
}

/** Bytes that can be read from anywhere among them. */
export interface RandomAccess {
  bytes: number
  /** Of `through`, which is no part of it, the file has as many bytes or more. */
  slice(from: number, through: number): Promise<Uint8Array>
}

/** One bucket, as the stages see it. S3 on AWS and on the local cloud; memory in tests. */
export interface ObjectStore {
  readonly bucket: string
  /** Whole object. Throws ObjectMissing. */
  get(key: string): Promise<Uint8Array>
  /** Whole object, or null where there is none. */
  find(key: string): Promise<Uint8Array | null>
  /**
   * Bytes as they come, for objects of any size: those of one version where it is named, whatever
   * has been written over it since. Throws ObjectMissing.
   */
  stream(key: string, versionId?: string | null): Promise<{ body: Readable; info: ObjectInfo }>
  /**
   * Some bytes of one version of an object, that of `etag`. Throws ObjectMissing, and BrokenBody
   * where another object stands there now.
   */
  range(
    object: Pick<ObjectInfo, 'key' | 'versionId' | 'etag'>,
    from: number,
    through: number,
  ): Promise<Uint8Array>
  head(key: string): Promise<ObjectInfo | null>
  put(key: string, body: Uint8Array | string, contentType?: string): Promise<void>
  /** Put unless the key exists. Answers whether this call wrote it. */
  putIfAbsent(key: string, body: Uint8Array | string, contentType?: string): Promise<boolean>
  /** Twice as once. In a versioned bucket the bytes live on behind a marker, as noncurrent ones do. */
  delete(key: string): Promise<void>
  /** Every key with the prefix, in order of UTF-8 bytes; those after `startAfter` where given. */
  list(prefix: string, startAfter?: string): Promise<{ key: string; bytes: number }[]>
}

const decoder = new TextDecoder()

type Schema<T> = { parse(value: unknown): T }

/** An object that its schema does not take is wrong however often it is read. */
function parseJson<T>({ bucket }: ObjectStore, key: string, bytes: Uint8Array, schema: Schema<T>) {
  try {
    return schema.parse(JSON.parse(decoder.decode(bytes)))
  } catch (cause) {
    throw new CorruptArtifact(`s3://${bucket}/${key}: ${sayWrong(cause)}`, { cause })
  }
}

/** A JSON object, parsed by its schema. Throws ObjectMissing, and CorruptArtifact that names the key. */
export async function getJson<T>(store: ObjectStore, key: string, schema: Schema<T>): Promise<T> {
  return parseJson(store, key, await store.get(key), schema)
}

/** As getJson, or null where the object is not there. */
export async function findJson<T>(
  store: ObjectStore,
  key: string,
  schema: Schema<T>,
): Promise<T | null> {
  const found = await store.find(key)
  return found === null ? null : parseJson(store, key, found, schema)
}
