import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectAnnotationCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectAnnotationCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectAnnotationsCommand,
  ListObjectsV2Command,
  PutObjectAnnotationCommand,
  PutObjectCommand,
  RenameObjectCommand,
  UpdateObjectEncryptionCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { endpoint, failure, get, openS3, put, s3 } from './s3-endpoint.ts'

openS3()

describe('Listing', () => {
  test('A listing groups keys at the delimiter, page by page', async () => {
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

  test('A key can exist beside a folder of the same name', async () => {
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

describe('Keys that look like folders', () => {
  test('Unusual keys do not collide with internal files of the bucket', async () => {
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

  test('Keys over 1,024 bytes, or cut within a character, are refused', async () => {
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

  test('A read during an overwrite returns one whole object', async () => {
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

describe('Other operations', () => {
  test('Objects can be copied with metadata and deleted in groups', async () => {
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

  test('An unsupported operation is refused by name', async () => {
    await put('tagged', 'x')
    expect(
      await failure(s3.send(new GetObjectTaggingCommand({ Bucket: 'plain', Key: 'tagged' }))),
    ).toMatchObject({ name: 'NotImplemented', message: expect.stringMatching(/\?tagging/) })
    expect(
      await failure(s3.send(new GetObjectCommand({ Bucket: 'nobody', Key: 'x' }))),
    ).toMatchObject({ name: 'NoSuchBucket' })
  })
})

describe('A bucket with EventBridge', () => {
  test('A bucket announces each new object like S3 and keeps its versions', async () => {
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

  test('Every version stays readable by its id after later changes', async () => {
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

  test('A put that a condition refuses sends no event', async () => {
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

describe('refused requests', () => {
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
