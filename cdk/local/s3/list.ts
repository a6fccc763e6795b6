import type { Bucket, StoredObject } from './bucket.ts'
import { S3Error } from './errors.ts'
import { xmlDocument } from './xml.ts'

const MAX_KEYS = 1000
export const isoOf = (timeMs: number): string => new Date(timeMs).toISOString()

/** ListObjectsV2: prefix, delimiter, start-after, continuation, max-keys, encoding-type. */
export function listObjects(bucket: Bucket, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const token = query.get('continuation-token')
  const maxKeys = Math.min(MAX_KEYS, Number(query.get('max-keys') ?? MAX_KEYS))
  if (!Number.isInteger(maxKeys) || maxKeys < 0)
    throw new S3Error(
      400,
      'InvalidArgument',
      `max-keys: got ${query.get('max-keys')}, expected a whole number`,
    )
  const after =
    token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString()
  const encode = (text: string): string =>
    query.get('encoding-type') === 'url' ? encodeURIComponent(text).replaceAll('%2F', '/') : text

  const contents: StoredObject[] = []
  const prefixes: string[] = []
  let last = after
  let isTruncated = false
  for (const key of bucket.keysFrom(prefix, after)) {
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    const common = cut === -1 ? null : key.slice(0, cut + delimiter.length)
    // Everything under a common prefix is one entry, also where a page ended within it.
    if (common !== null && (common === prefixes[prefixes.length - 1] || after.startsWith(common))) {
      last = key
      continue
    }
    if (contents.length + prefixes.length === maxKeys) {
      isTruncated = maxKeys > 0
      break
    }
    if (common !== null) prefixes.push(common)
    else contents.push(bucket.find(key)!)
    last = key
  }
  return xmlDocument('ListBucketResult', {
    Name: bucket.declaration.name,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? null : encode(delimiter),
    StartAfter: query.get('start-after') === null ? null : encode(query.get('start-after')!),
    MaxKeys: maxKeys,
    KeyCount: contents.length + prefixes.length,
    EncodingType: query.get('encoding-type'),
    IsTruncated: isTruncated,
    ContinuationToken: token,
    NextContinuationToken: isTruncated ? Buffer.from(last).toString('base64url') : null,
    Contents: contents.map(({ key, modifiedMs, etag, bytes }) => ({
      Key: encode(key),
      LastModified: isoOf(modifiedMs),
      ETag: `"${etag}"`,
      Size: bytes,
      StorageClass: 'STANDARD',
    })),
    CommonPrefixes: prefixes.map((common) => ({ Prefix: encode(common) })),
  })
}
