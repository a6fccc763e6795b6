import {
  bucketArn,
  demand,
  objectArn,
  readText,
  type S3Call,
  type S3State,
  sendXml,
} from './call.ts'
import { notImplemented } from './errors.ts'
import { isoOf, listObjects } from './list.ts'
import { xmlDocument, xmlTexts } from './xml.ts'

export function listBuckets(s3: S3State, call: S3Call): void {
  demand(s3, call, 's3:ListAllMyBuckets', '*')
  const Bucket = s3.store
    .buckets()
    .map(({ declaration }) => ({ Name: declaration.name, CreationDate: isoOf(0) }))
  sendXml(call, xmlDocument('ListAllMyBucketsResult', { Buckets: { Bucket } }))
}

export function headBucket(s3: S3State, call: S3Call): void {
  s3.store.bucket(call.bucket)
  demand(s3, call, 's3:ListBucket', bucketArn(call))
  call.response.writeHead(200, { 'x-amz-bucket-region': 'us-east-1' }).end()
}

export function getBucketLocation(s3: S3State, call: S3Call): void {
  s3.store.bucket(call.bucket)
  sendXml(call, xmlDocument('LocationConstraint', {}))
}

export function listObjectsV2(s3: S3State, call: S3Call): void {
  const bucket = s3.store.bucket(call.bucket)
  const prefix = call.query.get('prefix') ?? ''
  demand(s3, call, 's3:ListBucket', bucketArn(call), { 's3:prefix': prefix })
  sendXml(call, listObjects(bucket, call.query))
}

export async function deleteObjects(s3: S3State, call: S3Call): Promise<void> {
  const bucket = s3.store.bucket(call.bucket)
  const document = await readText(call)
  if (xmlTexts(document, 'VersionId').length > 0) throw notImplemented('the deletion of a version')
  const keys = xmlTexts(document, 'Key')
  for (const key of keys) {
    demand(s3, call, 's3:DeleteObject', objectArn({ ...call, key }))
    s3.store.delete(bucket, key)
  }
  sendXml(call, xmlDocument('DeleteResult', { Deleted: keys.map((Key) => ({ Key })) }))
}
