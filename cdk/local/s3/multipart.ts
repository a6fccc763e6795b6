import { createHash } from 'node:crypto'
import { createReadStream, rmSync } from 'node:fs'
import { join } from 'node:path'
import { uuidOf } from '../identifiers.ts'
import { type Received, receiveBody } from './body.ts'
import type { Bucket, StoredObject } from './bucket.ts'
import { S3Error } from './errors.ts'

interface Upload {
  bucket: Bucket
  key: string
  about: Pick<StoredObject, 'contentType' | 'metadata'>
  parts: Map<number, { etag: string; bytes: number; path: string }>
}

/** Multipart uploads under way ("Uploading and copying objects using multipart upload", S3 user guide). */
export interface Uploads {
  create(bucket: Bucket, key: string, about: Upload['about']): string
  addPart(id: string, key: string, n: number, received: Received): string
  /** The body of all parts in order, and the `-N` ETag. Throws S3Error InvalidPart. */
  join(
    id: string,
    key: string,
    parts: readonly { n: number; etag: string }[],
  ): Promise<{ received: Received; etag: string; about: Upload['about'] }>
  abort(id: string, key: string): void
  list(id: string, key: string): { n: number; etag: string; bytes: number }[]
}

export function createUploads(): Uploads {
  const uploads = new Map<string, Upload>()
  let created = 0
  const find = (id: string, key: string): Upload => {
    const upload = uploads.get(id)
    if (upload?.key !== key)
      throw new S3Error(404, 'NoSuchUpload', `The specified upload does not exist: ${id}`)
    return upload
  }
  const abort = (id: string, key: string): void => {
    for (const { path } of find(id, key).parts.values()) rmSync(path, { force: true })
    uploads.delete(id)
  }
  return {
    create(bucket, key, about) {
      const id = uuidOf(`upload ${++created} of ${bucket.declaration.name}/${key}`).replaceAll(
        '-',
        '',
      )
      uploads.set(id, { bucket, key, about, parts: new Map() })
      return id
    },
    addPart(id, key, n, received) {
      const upload = find(id, key)
      if (!Number.isInteger(n) || n < 1 || n > 10_000) {
        received.discard()
        throw new S3Error(400, 'InvalidArgument', `partNumber: got ${n}, expected 1 to 10000`)
      }
      const path = join(upload.bucket.scratch, `${id}-${n}`)
      received.moveTo(path)
      upload.parts.set(n, { etag: received.md5, bytes: received.bytes, path })
      return received.md5
    },
    async join(id, key, parts) {
      const upload = find(id, key)
      const chosen = parts.map(({ n, etag }) => {
        const part = upload.parts.get(n)
        if (part?.etag !== etag.replaceAll('"', ''))
          throw new S3Error(400, 'InvalidPart', `part ${n} was not uploaded with that ETag`)
        return part
      })
      if (chosen.length === 0 || parts.some(({ n }, i) => i > 0 && n <= parts[i - 1]!.n))
        throw new S3Error(400, 'InvalidPartOrder', 'parts are to be named once each, ascending')
      async function* bytes(): AsyncGenerator<Buffer> {
        for (const { path } of chosen) yield* createReadStream(path) as AsyncIterable<Buffer>
      }
      const received = await receiveBody(bytes(), {}, upload.bucket.scratch)
      const md5s = Buffer.concat(chosen.map(({ etag }) => Buffer.from(etag, 'hex')))
      const etag = `${createHash('md5').update(md5s).digest('hex')}-${chosen.length}`
      abort(id, key)
      return { received, etag, about: upload.about }
    },
    abort,
    list: (id, key) =>
      [...find(id, key).parts]
        .sort(([a], [b]) => a - b)
        .map(([n, { etag, bytes }]) => ({ n, etag, bytes })),
  }
}
