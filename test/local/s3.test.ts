import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectAnnotationCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectAnnotationCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectAnnotationsCommand,
  ListObjectsV2Command,
  PutObjectAnnotationCommand,
  PutObjectCommand,
  RenameObjectCommand,
  type S3Client,
  UpdateObjectEncryptionCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Endpoint, openEndpoint } from './endpoint.ts'

let endpoint: Endpoint
let s3: S3Client
beforeAll(async () => {
  endpoint = await openEndpoint()
  s3 = endpoint.s3Client()
})
afterAll(() => endpoint?.close())

const put = (Key: string, Body: string | Uint8Array | Readable, more: object = {}) =>
  s3.send(new PutObjectCommand({ Bucket: 'plain', Key, Body, ...more }))
const get = async (Key: string, more: object = {}) => {
  const answer = await s3.send(new GetObjectCommand({ Bucket: 'plain', Key, ...more }))
  return { ...answer, text: await answer.Body!.transformToString() }
}
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error) => ({
      name: error.name as string,
      status: error.$metadata?.httpStatusCode as number,
      message: error.message as string,
    }),
  )

/** A request as no SDK would send it. */
function raw(
  path: string,
  headers: Record<string, string>,
  body: string,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const url = new URL(path, endpoint.url)
    const sent = request(
      url,
      {
        method: 'PUT',
        headers: {
          authorization: 'AWS4-HMAC-SHA256 Credential=OPERATOR/20260105/us-east-1/s3/aws4_request',
          ...headers,
        },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode!, body: text }))
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

describe('uploads', () => {
  test('as a stream of chunks with a trailing checksum, the SDK’s default, arrive whole', async () => {
    const large = Buffer.alloc(5_500_000, 'quartermaster ')
    await put(
      'streamed',
      Readable.from([large.subarray(0, 1_000_001), large.subarray(1_000_001)], {
        objectMode: false,
      }),
      { ContentLength: large.length },
    )
    const { Body, ETag } = await s3.send(new GetObjectCommand({ Bucket: 'plain', Key: 'streamed' }))
    expect(Buffer.compare(Buffer.from(await Body!.transformToByteArray()), large)).toBe(0)
    expect(ETag).toBe(`"${createHash('md5').update(large).digest('hex')}"`)
  })

  test.each(['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const)(
    'with %s are verified and the checksum is kept',
    async (ChecksumAlgorithm) => {
      await put(`sum-${ChecksumAlgorithm}`, 'content', { ChecksumAlgorithm })
      const { text, ...headers } = await get(`sum-${ChecksumAlgorithm}`, {
        ChecksumMode: 'ENABLED',
      })
      expect(text).toBe('content')
      expect(headers[`Checksum${ChecksumAlgorithm}` as 'ChecksumCRC32']).toMatch(
        /=$|[A-Za-z0-9+/]$/,
      )
    },
  )

  test('with a checksum or MD5 of other bytes are refused and leave nothing', async () => {
    const chunked = {
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': '5',
      'x-amz-trailer': 'x-amz-checksum-crc32',
    }
    const answers = [
      await raw(
        '/plain/broken',
        chunked,
        '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n',
      ),
      await raw(
        '/plain/broken',
        { 'x-amz-checksum-crc32': 'AAAAAA==', 'content-length': '5' },
        'hello',
      ),
      await raw(
        '/plain/broken',
        { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==', 'content-length': '5' },
        'hello',
      ),
    ]
    for (const { status, body } of answers)
      expect([status, body]).toEqual([400, expect.stringMatching(/<Code>BadDigest/)])
    const good = await raw(
      '/plain/whole',
      chunked,
      '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n',
    )
    expect(good.status).toBe(200)
    expect(await failure(get('broken'))).toMatchObject({ name: 'NoSuchKey', status: 404 })
  })

  test('that are cut short are refused and leave nothing', async () => {
    const chunked = {
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': '9',
    }
    for (const body of [
      '9\r\nhello',
      '5\r\nhello\r\n0\r\n\r\n',
      '5\r\nhello!!\r\n0\r\n\r\n',
      'zz\r\nhello\r\n0\r\n\r\n',
    ])
      expect((await raw('/plain/cut', chunked, body)).body, body).toMatch(/<Code>IncompleteBody/)
    expect(await failure(get('cut'))).toMatchObject({ name: 'NoSuchKey' })
  })

  test('in parts are joined in order under an ETag of their number', async () => {
    const Key = 'parts/whole'
    const { UploadId } = await s3.send(
      new CreateMultipartUploadCommand({ Bucket: 'plain', Key, Metadata: { a: 'b' } }),
    )
    const bodies = ['a'.repeat(5_242_880), 'the end']
    const Parts = []
    for (const [i, Body] of bodies.entries()) {
      const { ETag } = await s3.send(
        new UploadPartCommand({ Bucket: 'plain', Key, UploadId, PartNumber: i + 1, Body }),
      )
      Parts.push({ ETag, PartNumber: i + 1 })
    }
    expect(await failure(get(Key))).toMatchObject({ name: 'NoSuchKey' })
    await s3.send(
      new CompleteMultipartUploadCommand({
        Bucket: 'plain',
        Key,
        UploadId,
        MultipartUpload: { Parts },
      }),
    )
    const { text, ETag, Metadata } = await get(Key)
    expect(text).toBe(bodies.join(''))
    expect(ETag).toMatch(/-2"$/)
    expect(Metadata).toEqual({ a: 'b' })
  })
})

describe('conditions', () => {
  test('If-Match writes over what was read, and nothing else', async () => {
    const { ETag } = await put('matched', 'one')
    await put('matched', 'two', { IfMatch: ETag })
    expect(await failure(put('matched', 'three', { IfMatch: ETag }))).toMatchObject({
      name: 'PreconditionFailed',
      status: 412,
    })
    expect((await get('matched')).text).toBe('two')
  })

  test('If-None-Match on reading answers 304', async () => {
    const { ETag } = await put('seen', 'one')
    expect(await failure(get('seen', { IfNoneMatch: ETag }))).toMatchObject({ status: 304 })
  })
})

describe('reads', () => {
  test('of ranges give just those bytes', async () => {
    await put('ranged', '0123456789')
    expect((await get('ranged', { Range: 'bytes=2-4' })).text).toBe('234')
    expect((await get('ranged', { Range: 'bytes=7-' })).text).toBe('789')
    expect(await get('ranged', { Range: 'bytes=-2' })).toMatchObject({
      text: '89',
      ContentRange: 'bytes 8-9/10',
    })
    expect(await failure(get('ranged', { Range: 'bytes=10-' }))).toMatchObject({
      name: 'InvalidRange',
      status: 416,
    })
  })

  test('carry metadata, type and the time of the virtual clock', async () => {
    await put('described', 'x', {
      Metadata: { 'quartermaster-format': 'jsonl' },
      ContentType: 'text/plain',
    })
    const head = await s3.send(new HeadObjectCommand({ Bucket: 'plain', Key: 'described' }))
    expect(head).toMatchObject({
      Metadata: { 'quartermaster-format': 'jsonl' },
      ContentType: 'text/plain',
      ContentLength: 1,
    })
    expect(head.LastModified!.getTime()).toBe(endpoint.clock.nowMs)
  })
})

describe('a browser', () => {
  test('is told to run nothing of what it is shown', async () => {
    await put('page.html', '<script>fetch("/")</script>', { ContentType: 'text/html' })
    const query = 'X-Amz-Credential=OPERATOR/20260105/us-east-1/s3/aws4_request'
    for (const [path, status] of Object.entries({ '/plain/page.html': 200, '/plain/none': 404 })) {
      const answer = await fetch(`${endpoint.url}${path}?${query}`)
      expect(answer.status).toBe(status)
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      expect(answer.headers.get('content-security-policy')).toBe("sandbox; default-src 'none'")
    }
  })
})

describe('listing', () => {
  test('folds keys at the delimiter, page by page', async () => {
    for (const key of ['tree/a/1', 'tree/a/2', 'tree/b', 'tree/c/1', 'tree/d']) await put(key, 'x')
    const seen: string[] = []
    let ContinuationToken: string | undefined
    do {
      const page = await s3.send(
        new ListObjectsV2Command({
          Bucket: 'plain',
          Prefix: 'tree/',
          Delimiter: '/',
          MaxKeys: 2,
          ContinuationToken,
        }),
      )
      seen.push(
        ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!),
        ...(page.Contents ?? []).map(({ Key }) => Key!),
      )
      ContinuationToken = page.NextContinuationToken
    } while (ContinuationToken)
    expect(seen.sort()).toEqual(['tree/a/', 'tree/b', 'tree/c/', 'tree/d'])
  })

  test('has a key beside the folder of its name', async () => {
    await put('same/x', '1')
    await put('same', '2')
    await put('other', '1')
    await put('other/x', '2')
    expect([
      (await get('same')).text,
      (await get('same/x')).text,
      (await get('other')).text,
      (await get('other/x')).text,
    ]).toEqual(['2', '1', '1', '2'])
  })
})

describe('keys that a folder could take for its own', () => {
  test('stand beside what the bucket keeps for itself', async () => {
    const keys = [
      ['x.partial', 'x'],
      ['.scratch/a', 'b'],
      ['.versions/1', '.objects/1', '.uploads/1', '.objects'],
      ['taken/x', 'taken', '.objects/2', '.objects/3'],
      ['.', '..', 'a/./b', 'a/../b', '...', '%2E', 'a//b', 'a/%/b', '/'],
      ['x'.repeat(1024), `${'é'.repeat(300)}/x`, 'Case', 'case', 'CASE/x', '../versioned/x'],
    ].flat()
    for (const key of keys) await put(key, `of ${key}`)
    for (const key of keys) expect((await get(key)).text).toBe(`of ${key}`)
    expect(await failure(get('x', { Bucket: 'versioned' }))).toMatchObject({ name: 'NoSuchKey' })
    const bucket = join(endpoint.root, 's3', 'plain')
    const paths = readdirSync(bucket, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
    const written = paths.map((path) => readFileSync(path, 'utf8'))
    // A file system may take them for one.
    expect(new Set(paths.map((path) => path.toLowerCase())).size).toBe(paths.length)
    for (const key of keys) expect(written.filter((text) => text === `of ${key}`)).toHaveLength(1)
    expect(readdirSync(join(bucket, '.scratch'))).toEqual([])
  })

  test('of more than 1,024 bytes are refused, and those cut within a letter', async () => {
    expect(await failure(put('é'.repeat(513), 'x'))).toMatchObject({
      name: 'KeyTooLongError',
      status: 400,
      message: expect.stringContaining('1026 bytes of at most 1024'),
    })
    const CopySource = 'plain/%E0%A4'
    expect(
      await failure(s3.send(new CopyObjectCommand({ Bucket: 'plain', Key: 'x', CopySource }))),
    ).toMatchObject({ name: 'InvalidURI', status: 400 })
  })

  test('are answered whole to whoever reads while they are put anew', async () => {
    const [one, two] = [randomBytes(3 * 2 ** 20), randomBytes(3 * 2 ** 20 + 1)]
    await put('large', one)
    const reading = await s3.send(new GetObjectCommand({ Bucket: 'plain', Key: 'large' }))
    await put('large', two)
    expect(Buffer.from(await reading.Body!.transformToByteArray()).equals(one)).toBe(true)
    expect(
      Buffer.from(
        await (
          await s3.send(new GetObjectCommand({ Bucket: 'plain', Key: 'large' }))
        ).Body!.transformToByteArray(),
      ).equals(two),
    ).toBe(true)
  })
})

describe('other operations', () => {
  test('copy an object with its metadata, and delete many', async () => {
    await put('source', 'text', { Metadata: { a: '1' } })
    await s3.send(
      new CopyObjectCommand({ Bucket: 'plain', Key: 'copy', CopySource: 'plain/source' }),
    )
    expect(await get('copy')).toMatchObject({ text: 'text', Metadata: { a: '1' } })
    await s3.send(
      new DeleteObjectsCommand({
        Bucket: 'plain',
        Delete: { Objects: [{ Key: 'source' }, { Key: 'copy' }] },
      }),
    )
    expect(await failure(get('copy'))).toMatchObject({ name: 'NoSuchKey' })
  })

  test('that are not there are refused by name', async () => {
    await put('tagged', 'x')
    expect(
      await failure(s3.send(new GetObjectTaggingCommand({ Bucket: 'plain', Key: 'tagged' }))),
    ).toMatchObject({ name: 'NotImplemented', message: expect.stringMatching(/\?tagging/) })
    expect(
      await failure(s3.send(new GetObjectCommand({ Bucket: 'nobody', Key: 'x' }))),
    ).toMatchObject({ name: 'NoSuchBucket' })
  })

  test('An unsupported sub-resource is refused and changes no object', async () => {
    await put('kept', 'as it was')
    const object = { Bucket: 'plain', Key: 'kept' }
    const annotation = { ...object, AnnotationName: 'note' }
    const encryption = { SSEKMS: { KMSKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/k' } }
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(object))
    const part = { ...object, UploadId, PartNumber: 1, CopySource: 'plain/kept' }
    const refused = [
      [
        () => s3.send(new RenameObjectCommand({ ...object, RenameSource: 'kept' })),
        '?renameObject',
      ],
      [
        () =>
          s3.send(new UpdateObjectEncryptionCommand({ ...object, ObjectEncryption: encryption })),
        '?encryption',
      ],
      [
        () => s3.send(new PutObjectAnnotationCommand({ ...annotation, AnnotationPayload: 'x' })),
        '?annotation',
      ],
      [() => s3.send(new GetObjectAnnotationCommand(annotation)), '?annotation'],
      [() => s3.send(new ListObjectAnnotationsCommand(object)), '?annotation'],
      [() => s3.send(new DeleteObjectAnnotationCommand(annotation)), '?annotation'],
      [() => s3.send(new UploadPartCopyCommand(part)), 'a part that is copied'],
    ] as const
    for (const [send, named] of refused)
      expect(await failure(send())).toMatchObject({
        name: 'NotImplemented',
        message: expect.stringContaining(named),
      })
    expect(await get('kept')).toMatchObject({ text: 'as it was' })
  })
})

describe('a bucket that tells EventBridge', () => {
  test('describes each new object as S3 does, keys as they are, and keeps its versions', async () => {
    const Key = 'raw/feed/events/a b+ü.jsonl'
    const first = await s3.send(new PutObjectCommand({ Bucket: 'versioned', Key, Body: 'one' }))
    await s3.send(new PutObjectCommand({ Bucket: 'versioned', Key, Body: 'two' }))
    expect(endpoint.events[0]).toMatchObject({
      source: 'aws.s3',
      'detail-type': 'Object Created',
      resources: ['arn:aws:s3:::versioned'],
      detail: {
        version: '0',
        bucket: { name: 'versioned' },
        object: {
          key: Key,
          size: 3,
          etag: createHash('md5').update('one').digest('hex'),
          'version-id': first.VersionId,
        },
        reason: 'PutObject',
      },
    })
    const old = await s3.send(
      new GetObjectCommand({ Bucket: 'versioned', Key, VersionId: first.VersionId }),
    )
    expect(await old.Body!.transformToString()).toBe('one')
    const [a, b] = endpoint.events.map(
      ({ detail }) => (detail['object'] as { sequencer: string }).sequencer,
    )
    expect(a! < b!).toBe(true)
  })

  test('keeps every version readable by its id, whatever comes after it', async () => {
    const about = { Bucket: 'versioned', Key: 'raw/kept' }
    const putVersion = async (Body: string) =>
      (await s3.send(new PutObjectCommand({ ...about, Body }))).VersionId!
    const textOf = async (VersionId?: string) => {
      const answer = await s3.send(new GetObjectCommand({ ...about, VersionId }))
      return answer.Body!.transformToString()
    }
    const one = await putVersion('one')
    const two = await putVersion('two')
    await s3.send(new DeleteObjectCommand(about))
    expect(await failure(textOf())).toMatchObject({ name: 'NoSuchKey' })
    expect([await textOf(one), await textOf(two)]).toEqual(['one', 'two'])
    const three = await putVersion('three')
    expect([await textOf(), await textOf(one), await textOf(two), await textOf(three)]).toEqual([
      'three',
      'one',
      'two',
      'three',
    ])
    const copied = {
      Bucket: 'plain',
      Key: 'copied',
      CopySource: `versioned/raw/kept?versionId=${one}`,
    }
    await s3.send(new CopyObjectCommand(copied))
    expect((await get('copied')).text).toBe('one')
    expect(await failure(textOf('none'))).toMatchObject({ name: 'NoSuchVersion', status: 404 })
    expect(
      await failure(s3.send(new DeleteObjectCommand({ ...about, VersionId: one }))),
    ).toMatchObject({ name: 'NotImplemented' })
    expect(await textOf(one)).toBe('one')
  })

  test('is told of nothing by a put that a condition refused', async () => {
    const before = endpoint.events.length
    const once = () =>
      s3.send(
        new PutObjectCommand({ Bucket: 'versioned', Key: 'once', Body: 'x', IfNoneMatch: '*' }),
      )
    await once()
    expect(await failure(once())).toMatchObject({ status: 412 })
    expect(endpoint.events.length).toBe(before + 1)
  })
})
