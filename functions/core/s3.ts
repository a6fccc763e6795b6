import type { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { readResuming, readWhole } from './bodies.ts'
import { BrokenBody, ObjectMissing } from './errors.ts'
import type { ObjectInfo, ObjectStore } from './objects.ts'

const statusOf = (error: unknown): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode

/**
 * A connection that sends no byte for this time is dead. Its request or body fails, and is retried.
 */
const STALLED_MS = 30_000

/** Path-style addresses work on AWS and on a local endpoint. Virtual hosts need DNS. */
export const s3Client = (): S3Client =>
  new S3Client({ forcePathStyle: true, requestHandler: { socketTimeout: STALLED_MS } })

/** A missing bucket is a fault of the deployment, not a missing object. */
const isMissing = (error: unknown): boolean =>
  statusOf(error) === 404 && (error as Error).name !== 'NoSuchBucket'

/** A bucket and its client. */
interface Source {
  bucket: string
  client: S3Client
}

const nameOf = ({ bucket }: Source, key: string): string => `s3://${bucket}/${key}`

/** `part`: the bytes from one byte on, or up to another, of the object that was opened first. */
async function open(
  source: Source,
  key: string,
  versionId: string | null = null,
  part?: { fromByte: number; throughByte?: number; etag: string },
) {
  const { bucket, client } = source
  // A version is requested only if the caller names one, because reading a version needs its own
  // permission.
  const version = versionId === null ? {} : { VersionId: versionId }
  const last = part?.throughByte === undefined ? '' : part.throughByte - 1
  const range = part && { Range: `bytes=${part.fromByte}-${last}`, IfMatch: part.etag }
  try {
    return await client.send(
      new GetObjectCommand({ Bucket: bucket, Key: key, ...version, ...range }),
    )
  } catch (cause) {
    if (statusOf(cause) === 412)
      throw new BrokenBody(`${nameOf(source, key)}: the object was replaced while it was read`, {
        cause,
      })
    if (!isMissing(cause)) throw cause
    const named = versionId === null ? '' : ` of version ${versionId}`
    throw new ObjectMissing(`no object ${nameOf(source, key)}${named}`, { cause })
  }
}

async function write(
  { bucket, client }: Source,
  key: string,
  body: Uint8Array | string,
  contentType: string | undefined,
  onlyIfAbsent: boolean,
): Promise<boolean> {
  try {
    await client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: body,
        ...(contentType ? { ContentType: contentType } : {}),
        ...(onlyIfAbsent ? { IfNoneMatch: '*' } : {}),
      }),
    )
    return true
  } catch (error) {
    // 409 means two conditional writes at the same time. The SDK does not retry a 409. It is thrown
    // like any fault, and the queue's redelivery or the state's Retry runs the whole stage again.
    if (onlyIfAbsent && statusOf(error) === 412) return false
    throw error
  }
}

const infoOf = (
  key: string,
  answer: Pick<
    HeadObjectCommandOutput,
    'ContentLength' | 'ETag' | 'VersionId' | 'LastModified' | 'Metadata'
  >,
): ObjectInfo => ({
  key,
  bytes: answer.ContentLength ?? 0,
  etag: answer.ETag ?? '',
  versionId: answer.VersionId ?? null,
  modifiedMs: answer.LastModified?.getTime() ?? 0,
  metadata: answer.Metadata ?? {},
})

async function listAll({ bucket, client }: Source, prefix: string, startAfter: string | undefined) {
  const found: { key: string; bytes: number }[] = []
  let token: string | undefined
  do {
    const from = token ? { ContinuationToken: token } : startAfter ? { StartAfter: startAfter } : {}
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...from }),
    )
    for (const object of page.Contents ?? [])
      found.push({ key: object.Key!, bytes: object.Size ?? 0 })
    token = page.NextContinuationToken
  } while (token)
  return found
}

/** The S3 implementation of the port. Errors other than 404 and 412 are thrown unchanged. */
export function s3Store(bucket: string, client: S3Client): ObjectStore {
  const source: Source = { bucket, client }
  return {
    bucket,
    get: (key) =>
      readWhole(nameOf(source, key), async () => {
        const { Body, ContentLength } = await open(source, key)
        return { body: Body!, bytes: ContentLength }
      }),
    async find(key) {
      try {
        return await this.get(key)
      } catch (error) {
        if (error instanceof ObjectMissing) return null
        throw error
      }
    },
    async stream(key, versionId) {
      const answer = await open(source, key, versionId)
      const info = infoOf(key, answer)
      const opened = { body: answer.Body as Readable, bytes: answer.ContentLength }
      const body = readResuming(nameOf(source, key), opened, async (fromByte) => {
        const rest = await open(source, key, versionId, { fromByte, etag: info.etag })
        return rest.Body as Readable
      })
      return { body, info }
    },
    range: ({ key, versionId, etag }, fromByte, throughByte) =>
      readWhole(nameOf(source, key), async () => {
        const { Body } = await open(source, key, versionId, { fromByte, throughByte, etag })
        return { body: Body!, bytes: throughByte - fromByte }
      }),
    async head(key) {
      try {
        return infoOf(key, await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key })))
      } catch (error) {
        if (statusOf(error) === 404) return null
        throw error
      }
    },
    async put(key, body, contentType) {
      await write(source, key, body, contentType, false)
    },
    putIfAbsent: (key, body, contentType) => write(source, key, body, contentType, true),
    async delete(key) {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))
    },
    list: (prefix, startAfter) => listAll(source, prefix, startAfter),
  }
}
