import { join } from 'node:path'
import { uuidOf } from '../identifiers.ts'
import type { Clock, EventBus } from '../ports.ts'
import type { Received } from './body.ts'
import { Bucket, type BucketDeclaration, type StoredObject } from './bucket.ts'
import { preconditionFailed, S3Error } from './errors.ts'

interface PutRequest {
  contentType: string
  metadata: Readonly<Record<string, string>>
  /** `If-None-Match: *`, `If-Match: <etag>`: asked when the body has come whole. */
  ifNoneMatch?: string | undefined
  ifMatch?: string | undefined
  etag?: string
  reason: 'PutObject' | 'CompleteMultipartUpload' | 'CopyObject'
}

/** All buckets: one way in and one way out, with the events that EventBridge gets of both. */
export interface ObjectStoreOnDisk {
  bucket(name: string): Bucket
  buckets(): Bucket[]
  put(bucket: Bucket, key: string, received: Received, request: PutRequest): StoredObject
  delete(bucket: Bucket, key: string): void
}

export function createObjectStore(
  root: string,
  declarations: readonly BucketDeclaration[],
  clock: Clock,
  bus: EventBus,
): ObjectStoreOnDisk {
  const buckets = new Map(
    declarations.map((declaration) => [
      declaration.name,
      new Bucket(declaration, join(root, 's3')),
    ]),
  )
  let changes = 0

  /** "Using EventBridge", S3 user guide: the structure of an event message. */
  function publish(bucket: Bucket, detailType: string, object: StoredObject, reason: string): void {
    changes++
    const { name, eventBridge } = bucket.declaration
    if (!eventBridge) return
    bus.publish({
      source: 'aws.s3',
      'detail-type': detailType,
      resources: [`arn:aws:s3:::${name}`],
      detail: {
        version: '0',
        bucket: { name },
        object: {
          key: object.key,
          size: object.bytes,
          etag: object.etag,
          ...(object.versionId ? { 'version-id': object.versionId } : {}),
          sequencer: changes.toString(16).toUpperCase().padStart(18, '0'),
        },
        'request-id': uuidOf(`change ${changes}`).slice(0, 16).toUpperCase(),
        requester: '000000000000',
        'source-ip-address': '127.0.0.1',
        reason,
      },
    })
  }
  return {
    bucket(name) {
      const found = buckets.get(name)
      if (!found)
        throw new S3Error(404, 'NoSuchBucket', `The specified bucket does not exist: ${name}`)
      return found
    },
    buckets: () => [...buckets.values()],
    put(bucket, key, received, request) {
      const standing = bucket.find(key)
      const isRefused =
        (request.ifNoneMatch !== undefined && standing !== null) ||
        (request.ifMatch !== undefined && standing?.etag !== request.ifMatch.replaceAll('"', ''))
      if (isRefused) {
        received.discard()
        if (request.ifMatch !== undefined && standing === null)
          throw new S3Error(404, 'NoSuchKey', `The specified key does not exist: ${key}`)
        throw preconditionFailed(request.ifNoneMatch !== undefined ? 'If-None-Match' : 'If-Match')
      }
      const { contentType, metadata, etag } = request
      const object = bucket.put(key, received, {
        contentType,
        metadata,
        modifiedMs: clock.now(),
        ...(etag ? { etag } : {}),
      })
      publish(bucket, 'Object Created', object, request.reason)
      return object
    },
    delete(bucket, key) {
      const object = bucket.delete(key)
      if (object) publish(bucket, 'Object Deleted', object, 'DeleteObject')
    },
  }
}
