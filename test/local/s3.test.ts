import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { endpoint, failure, get, openS3, put, raw, s3 } from './s3-endpoint.ts'

openS3()

describe('Uploads', () => {
  test('A chunked upload with a trailing checksum arrives whole', async () => {
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
    'An upload with %s is verified and its checksum is kept',
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

  test('An upload with a wrong checksum is refused and leaves nothing', async () => {
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

  test('An upload that is cut short is refused and leaves nothing', async () => {
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

  test('A multipart upload joins its parts in order; its ETag counts them', async () => {
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

describe('Conditions', () => {
  test('If-Match replaces only the version that was read', async () => {
    const { ETag } = await put('matched', 'one')
    await put('matched', 'two', { IfMatch: ETag })
    expect(await failure(put('matched', 'three', { IfMatch: ETag }))).toMatchObject({
      name: 'PreconditionFailed',
      status: 412,
    })
    expect((await get('matched')).text).toBe('two')
  })

  test('A read with If-None-Match answers 304', async () => {
    const { ETag } = await put('seen', 'one')
    expect(await failure(get('seen', { IfNoneMatch: ETag }))).toMatchObject({ status: 304 })
  })
})

describe('Reads', () => {
  test('A range read returns exactly those bytes', async () => {
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

  test('A read returns metadata, type and the time of the virtual clock', async () => {
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

describe('Browser access', () => {
  test('A browser may run nothing of an object that it shows', async () => {
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
