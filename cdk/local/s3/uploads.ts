import { receiveBody } from './body.ts'
import {
  aboutOf,
  checksumHeader,
  demand,
  header,
  objectArn,
  readText,
  type S3Call,
  type S3State,
  sendXml,
} from './call.ts'
import { xmlDocument, xmlTexts } from './xml.ts'

const nameOf = ({ bucket, key }: S3Call) => ({ Bucket: bucket, Key: key })
const uploadIdOf = ({ query }: S3Call): string => query.get('uploadId')!

export function createUpload(s3: S3State, call: S3Call): void {
  demand(s3, call, 's3:PutObject', objectArn(call))
  const bucket = s3.store.bucket(call.bucket)
  const UploadId = s3.uploads.create(bucket, call.key, aboutOf(call))
  sendXml(call, xmlDocument('InitiateMultipartUploadResult', { ...nameOf(call), UploadId }))
}

export async function uploadPart(s3: S3State, call: S3Call): Promise<void> {
  demand(s3, call, 's3:PutObject', objectArn(call))
  const { scratch } = s3.store.bucket(call.bucket)
  const received = await receiveBody(call.request, call.request.headers, scratch)
  const n = Number(call.query.get('partNumber'))
  const checksum = checksumHeader(received)
  const etag = s3.uploads.addPart(uploadIdOf(call), call.key, n, received)
  call.response.writeHead(200, { etag: `"${etag}"`, 'content-length': 0, ...checksum }).end()
}

export async function completeUpload(s3: S3State, call: S3Call): Promise<void> {
  demand(s3, call, 's3:PutObject', objectArn(call))
  const bucket = s3.store.bucket(call.bucket)
  const document = await readText(call)
  const etags = xmlTexts(document, 'ETag')
  const parts = xmlTexts(document, 'PartNumber').map((n, i) => ({
    n: Number(n),
    etag: etags[i] ?? '',
  }))
  const { received, etag, about } = await s3.uploads.join(uploadIdOf(call), call.key, parts)
  const object = s3.store.put(bucket, call.key, received, {
    ...about,
    etag,
    ifNoneMatch: header(call, 'if-none-match'),
    reason: 'CompleteMultipartUpload',
  })
  const result = { ...nameOf(call), ETag: `"${object.etag}"` }
  sendXml(call, xmlDocument('CompleteMultipartUploadResult', result))
}

export function abortUpload(s3: S3State, call: S3Call): void {
  demand(s3, call, 's3:AbortMultipartUpload', objectArn(call))
  s3.store.bucket(call.bucket)
  s3.uploads.abort(uploadIdOf(call), call.key)
  call.response.writeHead(204).end()
}

export function listParts(s3: S3State, call: S3Call): void {
  demand(s3, call, 's3:ListMultipartUploadParts', objectArn(call))
  s3.store.bucket(call.bucket)
  const UploadId = uploadIdOf(call)
  const Part = s3.uploads
    .list(UploadId, call.key)
    .map(({ n, etag, bytes }) => ({ PartNumber: n, ETag: `"${etag}"`, Size: bytes }))
  const result = { ...nameOf(call), UploadId, IsTruncated: false, Part }
  sendXml(call, xmlDocument('ListPartsResult', result))
}
