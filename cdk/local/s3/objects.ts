import { createReadStream, openSync, readFileSync } from 'node:fs'
import { pipeline } from 'node:stream'
import { receiveBody } from './body.ts'
import type { StoredObject } from './bucket.ts'
import {
  aboutOf,
  bucketArn,
  checksumHeader,
  decodePart,
  demand,
  header,
  METADATA,
  objectArn,
  rangeOf,
  type S3Call,
  type S3State,
  sendXml,
  versionHeader,
} from './call.ts'
import { noSuchKey, noSuchVersion, notImplemented, preconditionFailed } from './errors.ts'
import { isoOf } from './list.ts'
import { xmlDocument } from './xml.ts'

/** Answered from memory at once; larger ones as a stream. */
const AT_ONCE_BYTES = 2 ** 20

/** The object, or a version of it, which is a permission of its own. */
function readObject(s3: S3State, call: S3Call): StoredObject {
  const versionId = call.query.get('versionId')
  const action = versionId === null ? 's3:GetObject' : 's3:GetObjectVersion'
  demand(s3, call, action, objectArn(call))
  const object = s3.store.bucket(call.bucket).find(call.key, versionId ?? undefined)
  if (object) return object
  // A caller that may not list does not learn what is missing.
  demand(s3, call, 's3:ListBucket', bucketArn(call), { 's3:prefix': call.key })
  throw versionId === null ? noSuchKey(call.key) : noSuchVersion(call.key, versionId)
}

function headersOf(object: StoredObject): Record<string, string | number> {
  const headers: Record<string, string | number> = {
    etag: `"${object.etag}"`,
    'content-type': object.contentType,
    'last-modified': new Date(object.modifiedMs).toUTCString(),
    'accept-ranges': 'bytes',
    ...versionHeader(object),
  }
  for (const [name, value] of Object.entries(object.metadata)) headers[`${METADATA}${name}`] = value
  return headers
}

export function getObject(s3: S3State, call: S3Call): void {
  const object = readObject(s3, call)
  const { response, request } = call
  const ifMatch = header(call, 'if-match')
  if (ifMatch !== undefined && ifMatch.replaceAll('"', '') !== object.etag)
    throw preconditionFailed('If-Match')
  const range = rangeOf(header(call, 'range'), object.bytes)
  const headers = headersOf(object)
  if (header(call, 'if-none-match')?.replaceAll('"', '') === object.etag) {
    response.writeHead(304, headers).end()
    return
  }
  if (header(call, 'x-amz-checksum-mode') === 'ENABLED' && !range)
    Object.assign(headers, checksumHeader(object))
  const { start, end } = range ?? { start: 0, end: object.bytes - 1 }
  headers['content-length'] = end - start + 1
  if (range) headers['content-range'] = `bytes ${start}-${end}/${object.bytes}`
  response.writeHead(range ? 206 : 200, headers)
  if (request.method === 'HEAD' || object.bytes === 0) response.end()
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

export async function putObject(s3: S3State, call: S3Call): Promise<void> {
  demand(s3, call, 's3:PutObject', objectArn(call))
  const bucket = s3.store.bucket(call.bucket)
  const source = header(call, 'x-amz-copy-source')
  if (source !== undefined) return copyObject(s3, call, source)
  const ifNoneMatch = header(call, 'if-none-match')
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*')
    throw notImplemented('If-None-Match with anything but *')
  const received = await receiveBody(call.request, call.request.headers, bucket.scratch)
  const object = s3.store.put(bucket, call.key, received, {
    ...aboutOf(call),
    ifNoneMatch,
    ifMatch: header(call, 'if-match'),
    reason: 'PutObject',
  })
  call.response
    .writeHead(200, {
      etag: `"${object.etag}"`,
      'content-length': 0,
      ...versionHeader(object),
      ...checksumHeader(object),
    })
    .end()
}

async function copyObject(s3: S3State, call: S3Call, source: string): Promise<void> {
  const bucket = s3.store.bucket(call.bucket)
  const [path = '', query = ''] = source.replace(/^\//, '').split('?')
  const [from = '', ...key] = path.split('/').map(decodePart)
  const original = readObject(s3, {
    ...call,
    bucket: from,
    key: key.join('/'),
    query: new URLSearchParams(query),
  })
  const body = createReadStream(original.path) as AsyncIterable<Buffer>
  const received = await receiveBody(body, {}, bucket.scratch)
  const isReplaced = header(call, 'x-amz-metadata-directive') === 'REPLACE'
  const { contentType, metadata } = isReplaced ? aboutOf(call) : original
  const object = s3.store.put(bucket, call.key, received, {
    contentType,
    metadata,
    reason: 'CopyObject',
  })
  const result = { ETag: `"${object.etag}"`, LastModified: isoOf(object.modifiedMs) }
  sendXml(call, xmlDocument('CopyObjectResult', result))
}

export function deleteObject(s3: S3State, call: S3Call): void {
  if (call.query.has('versionId')) throw notImplemented('the deletion of a version')
  demand(s3, call, 's3:DeleteObject', objectArn(call))
  s3.store.delete(s3.store.bucket(call.bucket), call.key)
  call.response.writeHead(204).end()
}
