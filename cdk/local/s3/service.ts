import { type Authorize, allowAll } from '../authorize.ts'
import type { Clock, EventBus, Service } from '../ports.ts'
import { receiveBody } from './body.ts'
import type { BucketDeclaration } from './bucket.ts'
import { decodePart, type S3State } from './call.ts'
import { S3Error } from './errors.ts'
import { createUploads } from './multipart.ts'
import { operate } from './operations.ts'
import { createObjectStore } from './store.ts'
import { xmlDocument } from './xml.ts'

export interface LocalS3 extends Service {
  /** A put by the operator, the same way as one over HTTP: stored, then told to EventBridge. */
  put(
    bucket: string,
    key: string,
    body: Uint8Array,
    metadata?: Readonly<Record<string, string>>,
  ): Promise<void>
}

export interface LocalS3Options {
  /** Bodies lie in `<root>/s3/<bucket>/<key>`. */
  root: string
  buckets: readonly BucketDeclaration[]
  clock: Clock
  bus: EventBus
  authorize?: Authorize
}

/** "Naming Amazon S3 objects", S3 user guide. */
const MAX_KEY_BYTES = 1024
/** What a browser is shown of an object has no script that could ask this endpoint for more. */
const SECURITY = {
  'content-security-policy': "sandbox; default-src 'none'",
  'x-content-type-options': 'nosniff',
}

/**
 * Amazon S3 for what this app does, path style, under the SDK's own defaults: chunked uploads with
 * trailing checksums that are verified, conditional writes, paging, multipart. What it has not, it
 * refuses by name with 501 NotImplemented.
 */
export function createS3({
  root,
  buckets,
  clock,
  bus,
  authorize = allowAll,
}: LocalS3Options): LocalS3 {
  const store = createObjectStore(root, buckets, clock, bus)
  const state: S3State = { store, uploads: createUploads(), authorize }
  let requests = 0
  return {
    signingName: 's3',
    async handle(request, response, caller, url) {
      const path = request.url!.split('?', 1)[0]!
      for (const [name, value] of Object.entries(SECURITY)) response.setHeader(name, value)
      response.setHeader('x-amz-request-id', `LOCAL${String(++requests).padStart(11, '0')}`)
      try {
        const query = url.searchParams
        await operate(state, { request, response, caller, ...decodePath(path), query })
      } catch (error) {
        const known = error instanceof S3Error ? error : null
        // No retry makes room: thrown where the command that runs this cloud ends by it.
        if (isDiskFull(error))
          return void setImmediate(() => {
            throw error
          })
        if (!known) process.stderr.write(`local S3: ${(error as Error).stack}\n`)
        // A client that is still sending reads no answer before its body is taken.
        request.resume()
        if (response.headersSent) return void response.destroy()
        const body = xmlDocument('Error', {
          Code: known?.code ?? 'InternalError',
          Message: (error as Error).message,
          Resource: path,
        })
        response.writeHead(known?.status ?? 500, { 'content-type': 'application/xml' })
        response.end(request.method === 'HEAD' ? '' : body)
      }
    },
    async put(bucket, key, body, metadata = {}) {
      const target = store.bucket(bucket)
      const received = await receiveBody(bytesOf(body), {}, target.scratch)
      store.put(target, key, received, {
        contentType: 'application/octet-stream',
        metadata,
        reason: 'PutObject',
      })
    },
  }
}

/**
 * Bucket and key of a path as it was sent: a parser of URLs would resolve `.` and `..`, which are
 * parts of a key like any others.
 */
function decodePath(path: string): { bucket: string; key: string } {
  const [, bucket = '', ...segments] = path.split('/').map(decodePart)
  const key = segments.join('/')
  const bytes = Buffer.byteLength(key)
  if (bytes > MAX_KEY_BYTES)
    throw new S3Error(
      400,
      'KeyTooLongError',
      `Your key is too long: ${bytes} bytes of at most ${MAX_KEY_BYTES}`,
    )
  return { bucket, key }
}

const isDiskFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')

async function* bytesOf(body: Uint8Array): AsyncGenerator<Buffer> {
  yield Buffer.from(body.buffer, body.byteOffset, body.byteLength)
}
