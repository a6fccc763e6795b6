import {
  deleteObjects,
  getBucketLocation,
  headBucket,
  listBuckets,
  listObjectsV2,
} from './buckets.ts'
import type { S3Call, S3State } from './call.ts'
import { notImplemented } from './errors.ts'
import { deleteObject, getObject, putObject } from './objects.ts'
import { abortUpload, completeUpload, createUpload, listParts, uploadPart } from './uploads.ts'

/** All supported operations. Any other is refused by name. */
const OPERATIONS = {
  ListBuckets: listBuckets,
  HeadBucket: headBucket,
  GetBucketLocation: getBucketLocation,
  ListObjectsV2: listObjectsV2,
  DeleteObjects: deleteObjects,
  GetObject: getObject,
  HeadObject: getObject,
  PutObject: putObject,
  DeleteObject: deleteObject,
  CreateMultipartUpload: createUpload,
  UploadPart: uploadPart,
  CompleteMultipartUpload: completeUpload,
  AbortMultipartUpload: abortUpload,
  ListParts: listParts,
} satisfies Record<string, (s3: S3State, call: S3Call) => void | Promise<void>>
type OperationName = keyof typeof OPERATIONS

const OF_OBJECT: Readonly<Record<string, OperationName>> = {
  GET: 'GetObject',
  HEAD: 'HeadObject',
  PUT: 'PutObject',
  DELETE: 'DeleteObject',
}
const OF_UPLOAD: Readonly<Record<string, OperationName>> = {
  GET: 'ListParts',
  PUT: 'UploadPart',
  POST: 'CompleteMultipartUpload',
  DELETE: 'AbortMultipartUpload',
}
/** Sub-resources of an object. Without this list they would act as a plain get, put or delete. */
const UNSUPPORTED_PARTS = [
  'acl',
  'annotation',
  'attributes',
  'encryption',
  'legal-hold',
  'renameObject',
  'restore',
  'retention',
  'select',
  'tagging',
  'torrent',
]

function bucketOperation({ request, query }: S3Call): OperationName | undefined {
  const { method } = request
  if (method === 'POST' && query.has('delete')) return 'DeleteObjects'
  if (method === 'HEAD') return 'HeadBucket'
  if (method !== 'GET') return undefined
  if (query.get('list-type') === '2') return 'ListObjectsV2'
  return query.has('location') ? 'GetBucketLocation' : undefined
}

/** The operation of a request, by its method, path and query ("Actions", S3 API reference). */
function operationOf(call: S3Call): OperationName {
  const { bucket, key, query } = call
  const method = call.request.method ?? ''
  const refuse = (what: string): never => {
    throw notImplemented(what)
  }
  if (bucket === '') return 'ListBuckets'
  if (key === '') return bucketOperation(call) ?? refuse(`${method} of a bucket with ?${query}`)
  if (query.has('uploadId') && call.request.headers['x-amz-copy-source'] !== undefined)
    refuse('a part that is copied from an object')
  if (query.has('uploadId')) return OF_UPLOAD[method] ?? refuse(`${method} of an upload`)
  if (query.has('uploads'))
    return method === 'POST' ? 'CreateMultipartUpload' : refuse(`${method} of uploads`)
  const unsupported = UNSUPPORTED_PARTS.find((name) => query.has(name))
  if (unsupported) refuse(`the sub-resource ?${unsupported} of an object`)
  return OF_OBJECT[method] ?? refuse(`${method} of an object`)
}

export async function operate(s3: S3State, call: S3Call): Promise<void> {
  await OPERATIONS[operationOf(call)](s3, call)
}
