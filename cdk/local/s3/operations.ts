import { createReadStream, openSync, readFileSync } from 'node:fs'
import { pipeline } from 'node:stream'
import type { Authorize } from '../authorize.ts'
import { receiveBody } from './body.ts'
import type { Bucket, StoredObject } from './bucket.ts'
import {
  aboutOf,
  decodePart,
  header,
  METADATA,
  rangeOf,
  readText,
  type S3Call,
  sendXml,
  versionHeader,
} from './call.ts'
import { noSuchKey, noSuchVersion, notImplemented, preconditionFailed, S3Error } from './errors.ts'
import { isoOf, listObjects } from './list.ts'
import type { Uploads } from './multipart.ts'
import type { ObjectStoreOnDisk } from './store.ts'
import { xmlDocument, xmlTexts } from './xml.ts'

/** Answered from memory at once; larger ones as a stream. */
const AT_ONCE_BYTES = 2 ** 20

export function s3Operations(store: ObjectStoreOnDisk, uploads: Uploads, authorize: Authorize) {
  function demand(
    call: S3Call,
    action: string,
    resource: string,
    context: Record<string, string> = {},
  ): void {
    const { allowed, reason } = authorize(call.caller, action, resource, context)
    if (!allowed) throw new S3Error(403, 'AccessDenied', reason)
  }
  const objectArn = ({ bucket, key }: S3Call): string => `arn:aws:s3:::${bucket}/${key}`
  const bucketArn = ({ bucket }: S3Call): string => `arn:aws:s3:::${bucket}`

  /** The object, or a version of it, which is a permission of its own. */
  function readObject(call: S3Call): StoredObject {
    const versionId = call.query.get('versionId')
    demand(call, versionId === null ? 's3:GetObject' : 's3:GetObjectVersion', objectArn(call))
    const object = store.bucket(call.bucket).find(call.key, versionId ?? undefined)
    if (object) return object
    // Whoever may not list is not told what is missing.
    demand(call, 's3:ListBucket', bucketArn(call), { 's3:prefix': call.key })
    throw versionId === null ? noSuchKey(call.key) : noSuchVersion(call.key, versionId)
  }

  function getObject(call: S3Call): void {
    const object = readObject(call)
    const { response, request } = call
    const isHead = request.method === 'HEAD'
    const ifMatch = header(call, 'if-match')
    if (ifMatch !== undefined && ifMatch.replaceAll('"', '') !== object.etag)
      throw preconditionFailed('If-Match')
    const range = rangeOf(header(call, 'range'), object.bytes)
    const headers: Record<string, string | number> = {
      etag: `"${object.etag}"`,
      'content-type': object.contentType,
      'last-modified': new Date(object.modifiedMs).toUTCString(),
      'accept-ranges': 'bytes',
      ...versionHeader(object),
      ...Object.fromEntries(
        Object.entries(object.metadata).map(([name, value]) => [`${METADATA}${name}`, value]),
      ),
    }
    if (header(call, 'if-none-match')?.replaceAll('"', '') === object.etag) {
      response.writeHead(304, headers).end()
      return
    }
    if (header(call, 'x-amz-checksum-mode') === 'ENABLED' && object.checksum && !range)
      headers[object.checksum.header] = object.checksum.value
    const { start, end } = range ?? { start: 0, end: object.bytes - 1 }
    headers['content-length'] = end - start + 1
    if (range) headers['content-range'] = `bytes ${start}-${end}/${object.bytes}`
    response.writeHead(range ? 206 : 200, headers)
    if (isHead || object.bytes === 0) response.end()
    else if (object.bytes <= AT_ONCE_BYTES)
      response.end(readFileSync(object.path).subarray(start, end + 1))
    // Opened at once: what is put meanwhile takes the path, and this one goes on as it was.
    else
      pipeline(
        createReadStream('', { fd: openSync(object.path, 'r'), start, end }),
        response,
        () => undefined,
      )
  }

  async function putObject(call: S3Call): Promise<void> {
    demand(call, 's3:PutObject', objectArn(call))
    const bucket = store.bucket(call.bucket)
    const source = header(call, 'x-amz-copy-source')
    if (source !== undefined) return copyObject(call, bucket, source)
    const ifNoneMatch = header(call, 'if-none-match')
    if (ifNoneMatch !== undefined && ifNoneMatch !== '*')
      throw notImplemented('If-None-Match with anything but *')
    const received = await receiveBody(call.request, call.request.headers, bucket.scratch)
    const object = store.put(bucket, call.key, received, {
      ...aboutOf(call),
      ifNoneMatch,
      ifMatch: header(call, 'if-match'),
      reason: 'PutObject',
    })
    const checksum: Record<string, string> = object.checksum
      ? { [object.checksum.header]: object.checksum.value }
      : {}
    call.response
      .writeHead(200, {
        etag: `"${object.etag}"`,
        'content-length': 0,
        ...versionHeader(object),
        ...checksum,
      })
      .end()
  }

  async function copyObject(call: S3Call, bucket: Bucket, source: string): Promise<void> {
    const [path = '', query = ''] = source.replace(/^\//, '').split('?')
    const [from = '', ...key] = path.split('/').map(decodePart)
    const original = readObject({
      ...call,
      bucket: from,
      key: key.join('/'),
      query: new URLSearchParams(query),
    })
    const received = await receiveBody(
      createReadStream(original.path) as AsyncIterable<Buffer>,
      {},
      bucket.scratch,
    )
    const isReplaced = header(call, 'x-amz-metadata-directive') === 'REPLACE'
    const { contentType, metadata } = isReplaced ? aboutOf(call) : original
    const object = store.put(bucket, call.key, received, {
      contentType,
      metadata,
      reason: 'CopyObject',
    })
    sendXml(
      call,
      xmlDocument('CopyObjectResult', {
        ETag: `"${object.etag}"`,
        LastModified: isoOf(object.modifiedMs),
      }),
    )
  }

  function deleteObject(call: S3Call): void {
    if (call.query.has('versionId')) throw notImplemented('the deletion of a version')
    demand(call, 's3:DeleteObject', objectArn(call))
    store.delete(store.bucket(call.bucket), call.key)
    call.response.writeHead(204).end()
  }

  async function deleteObjects(call: S3Call): Promise<void> {
    const bucket = store.bucket(call.bucket)
    const document = await readText(call)
    if (xmlTexts(document, 'VersionId').length > 0)
      throw notImplemented('the deletion of a version')
    const keys = xmlTexts(document, 'Key')
    for (const key of keys) {
      demand(call, 's3:DeleteObject', objectArn({ ...call, key }))
      store.delete(bucket, key)
    }
    sendXml(call, xmlDocument('DeleteResult', { Deleted: keys.map((Key) => ({ Key })) }))
  }

  async function multipart(call: S3Call): Promise<void> {
    const { method } = call.request
    const id = call.query.get('uploadId')
    demand(
      call,
      method === 'DELETE'
        ? 's3:AbortMultipartUpload'
        : method === 'GET'
          ? 's3:ListMultipartUploadParts'
          : 's3:PutObject',
      objectArn(call),
    )
    const bucket = store.bucket(call.bucket)
    const name = { Bucket: call.bucket, Key: call.key }
    if (id === null) {
      sendXml(
        call,
        xmlDocument('InitiateMultipartUploadResult', {
          ...name,
          UploadId: uploads.create(bucket, call.key, aboutOf(call)),
        }),
      )
    } else if (method === 'PUT') {
      const received = await receiveBody(call.request, call.request.headers, bucket.scratch)
      const checksum: Record<string, string> = received.checksum
        ? { [received.checksum.header]: received.checksum.value }
        : {}
      const etag = uploads.addPart(id, call.key, Number(call.query.get('partNumber')), received)
      call.response.writeHead(200, { etag: `"${etag}"`, 'content-length': 0, ...checksum }).end()
    } else if (method === 'POST') {
      const document = await readText(call)
      const etags = xmlTexts(document, 'ETag')
      const parts = xmlTexts(document, 'PartNumber').map((n, i) => ({
        n: Number(n),
        etag: etags[i] ?? '',
      }))
      const { received, etag, about } = await uploads.join(id, call.key, parts)
      const object = store.put(bucket, call.key, received, {
        ...about,
        etag,
        ifNoneMatch: header(call, 'if-none-match'),
        reason: 'CompleteMultipartUpload',
      })
      sendXml(
        call,
        xmlDocument('CompleteMultipartUploadResult', { ...name, ETag: `"${object.etag}"` }),
      )
    } else if (method === 'DELETE') {
      uploads.abort(id, call.key)
      call.response.writeHead(204).end()
    } else {
      const parts = uploads
        .list(id, call.key)
        .map(({ n, etag, bytes }) => ({ PartNumber: n, ETag: `"${etag}"`, Size: bytes }))
      sendXml(
        call,
        xmlDocument('ListPartsResult', { ...name, UploadId: id, IsTruncated: false, Part: parts }),
      )
    }
  }

  function bucketOperation(call: S3Call): void | Promise<void> {
    const { method } = call.request
    const bucket = store.bucket(call.bucket)
    if (method === 'POST' && call.query.has('delete')) return deleteObjects(call)
    if (method === 'HEAD') {
      demand(call, 's3:ListBucket', bucketArn(call))
      call.response.writeHead(200, { 'x-amz-bucket-region': 'us-east-1' }).end()
      return
    }
    if (method === 'GET' && call.query.get('list-type') === '2') {
      demand(call, 's3:ListBucket', bucketArn(call), {
        's3:prefix': call.query.get('prefix') ?? '',
      })
      return sendXml(call, listObjects(bucket, call.query))
    }
    if (method === 'GET' && call.query.has('location'))
      return sendXml(call, xmlDocument('LocationConstraint', {}))
    throw notImplemented(`${method} of a bucket with ?${call.query}`)
  }

  /** Operations that this S3 has; all others are refused by name. */
  return async (call: S3Call): Promise<void> => {
    const { method } = call.request
    if (call.bucket === '') {
      demand(call, 's3:ListAllMyBuckets', '*')
      const Bucket = store
        .buckets()
        .map(({ declaration }) => ({ Name: declaration.name, CreationDate: isoOf(0) }))
      return sendXml(call, xmlDocument('ListAllMyBucketsResult', { Buckets: { Bucket } }))
    }
    if (call.key === '') return bucketOperation(call)
    if (call.query.has('uploads') || call.query.has('uploadId')) return multipart(call)
    const unknown = [
      'acl',
      'tagging',
      'retention',
      'legal-hold',
      'torrent',
      'select',
      'restore',
      'attributes',
    ].find((name) => call.query.has(name))
    if (unknown) throw notImplemented(`the sub-resource ?${unknown} of an object`)
    if (method === 'GET' || method === 'HEAD') return getObject(call)
    if (method === 'PUT') return putObject(call)
    if (method === 'DELETE') return deleteObject(call)
    throw notImplemented(`${method} of an object`)
  }
}
