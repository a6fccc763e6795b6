import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAuthorizer, type PolicyStatement } from '../../cdk/local/iam.ts'
import { type Endpoint, openEndpoint } from './endpoint.ts'

const READS: PolicyStatement[] = [
  { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::plain/open/*' },
]
const LISTS: PolicyStatement[] = [
  ...READS,
  {
    Effect: 'Allow',
    Action: ['s3:List*'],
    Resource: 'arn:aws:s3:::plain',
    Condition: { StringLike: { 's3:prefix': ['open/*'] } },
  },
]
const VERSIONS: PolicyStatement[] = [
  { Effect: 'Allow', Action: 's3:GetObjectVersion', Resource: 'arn:aws:s3:::versioned/*' },
]
const roles = new Map([
  ['versions', VERSIONS],
  ['reads', READS],
  ['lists', LISTS],
])

describe('A role', () => {
  const authorize = createAuthorizer(
    new Map([
      ...roles,
      [
        'denied',
        [
          ...READS,
          {
            Effect: 'Deny',
            Action: '*',
            Resource: 'arn:aws:s3:::plain/open/secret*',
          } as PolicyStatement,
        ],
      ],
    ]),
  )
  const may = (role: string | null, action: string, resource: string, context = {}) =>
    authorize({ stage: 'stage', role }, action, resource, context).allowed

  test('A role may do what a statement allows and nothing else', () => {
    expect(may('reads', 's3:GetObject', 'arn:aws:s3:::plain/open/x')).toBe(true)
    expect(may('reads', 'S3:getobject', 'arn:aws:s3:::plain/open/x/y')).toBe(true)
    expect(may('reads', 's3:GetObject', 'arn:aws:s3:::plain/closed/x')).toBe(false)
    expect(may('reads', 's3:PutObject', 'arn:aws:s3:::plain/open/x')).toBe(false)
    expect(may('nobody', 's3:GetObject', 'arn:aws:s3:::plain/open/x')).toBe(false)
    expect(may(null, 's3:DeleteObject', 'arn:aws:s3:::plain/open/x')).toBe(true)
  })

  test('A role may act only where the condition of its statement holds', () => {
    expect(may('lists', 's3:ListBucket', 'arn:aws:s3:::plain', { 's3:prefix': 'open/a' })).toBe(
      true,
    )
    expect(may('lists', 's3:ListBucket', 'arn:aws:s3:::plain', { 's3:prefix': 'closed/' })).toBe(
      false,
    )
    expect(may('lists', 's3:ListBucket', 'arn:aws:s3:::plain')).toBe(false)
  })

  test('A role may never do what a statement denies', () => {
    expect(may('denied', 's3:GetObject', 'arn:aws:s3:::plain/open/x')).toBe(true)
    expect(may('denied', 's3:GetObject', 'arn:aws:s3:::plain/open/secret')).toBe(false)
  })

  test('A refused role receives a message that names the missing permission', () => {
    const { reason } = authorize(
      { stage: 'close', role: 'reads' },
      's3:PutObject',
      'arn:aws:s3:::plain/x',
    )
    expect(reason).toBe(
      'close (reads) is not authorized to perform s3:PutObject on arn:aws:s3:::plain/x: no statement of its role allows it',
    )
  })

  test('A role with an unsupported policy element is refused by its name', () => {
    const with_ = (statement: object) => () =>
      createAuthorizer(new Map([['r', [{ ...READS[0]!, ...statement } as PolicyStatement]]]))
    expect(with_({ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } })).toThrow(
      /role r: the condition operator IpAddress is not supported/,
    )
    expect(with_({ NotAction: 's3:*' })).toThrow(
      /role r: the policy element NotAction is not supported/,
    )
  })
})

describe('Access control of the endpoint', () => {
  let endpoint: Endpoint
  beforeAll(async () => {
    endpoint = await openEndpoint({
      authorize: createAuthorizer(roles),
      callers: {
        READS: { stage: 'reads', role: 'reads' },
        LISTS: { stage: 'lists', role: 'lists' },
        VERSIONS: { stage: 'versions', role: 'versions' },
      },
    })
    await endpoint.s3.put('plain', 'open/x', new TextEncoder().encode('text'))
  })
  afterAll(() => endpoint?.close())
  const statusOf = (
    key: string,
    command: GetObjectCommand | HeadObjectCommand | ListObjectsV2Command | PutObjectCommand,
  ) =>
    endpoint
      .s3Client(key)
      .send(command as GetObjectCommand)
      .then(
        () => 200,
        (error) => error.$metadata.httpStatusCode as number,
      )

  test('The endpoint enforces roles on every request', async () => {
    expect(await statusOf('READS', new GetObjectCommand({ Bucket: 'plain', Key: 'open/x' }))).toBe(
      200,
    )
    expect(
      await statusOf('READS', new PutObjectCommand({ Bucket: 'plain', Key: 'open/x', Body: 'y' })),
    ).toBe(403)
    expect(
      await statusOf('LISTS', new ListObjectsV2Command({ Bucket: 'plain', Prefix: 'open/x' })),
    ).toBe(200)
    expect(
      await statusOf('READS', new ListObjectsV2Command({ Bucket: 'plain', Prefix: 'open/x' })),
    ).toBe(403)
  })

  test('Reading a version needs a permission of its own', async () => {
    await endpoint.s3.put('versioned', 'x', new TextEncoder().encode('text'))
    const about = { Bucket: 'versioned', Key: 'x' }
    const client = endpoint.s3Client()
    const { VersionId } = await client.send(new HeadObjectCommand(about))
    for (const Command of [GetObjectCommand, HeadObjectCommand]) {
      expect(await statusOf('VERSIONS', new Command({ ...about, VersionId }))).toBe(200)
      expect(await statusOf('VERSIONS', new Command(about))).toBe(403)
      const read = new Command({ Bucket: 'plain', Key: 'open/x', VersionId })
      expect(await statusOf('READS', read)).toBe(403)
    }
  })

  test('Only a caller that may list learns that a key is missing', async () => {
    expect(
      await statusOf('READS', new HeadObjectCommand({ Bucket: 'plain', Key: 'open/nothing' })),
    ).toBe(403)
    expect(
      await statusOf('LISTS', new HeadObjectCommand({ Bucket: 'plain', Key: 'open/nothing' })),
    ).toBe(404)
  })

  test('The endpoint refuses unknown access keys, unknown services and unsigned requests', async () => {
    expect(
      await statusOf('STRANGER', new GetObjectCommand({ Bucket: 'plain', Key: 'open/x' })),
    ).toBe(403)
    const ask = (authorization: string) => fetch(endpoint.url, { headers: { authorization } })
    const unknown = await ask(
      'AWS4-HMAC-SHA256 Credential=OPERATOR/20260105/us-east-1/kinesis/aws4_request',
    )
    expect([unknown.status, await unknown.text()]).toEqual([
      501,
      expect.stringMatching(/has no service kinesis; it has s3, dynamodb/),
    ])
    expect((await fetch(endpoint.url)).status).toBe(403)
  })

  test('The endpoint counts requests and bytes by stage', async () => {
    const before = endpoint.usage.stages()['lists']!.s3.requests
    await endpoint
      .s3Client('LISTS')
      .send(new GetObjectCommand({ Bucket: 'plain', Key: 'open/x' }))
      .then(({ Body }) => Body!.transformToString())
    await expect.poll(() => endpoint.usage.stages()['lists']!.s3.requests).toBe(before + 1)
    expect(endpoint.usage.stages()['lists']!.s3.bytesOut).toBeGreaterThan(4)
  })
})
