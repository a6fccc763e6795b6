import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { S3Client } from '@aws-sdk/client-s3'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { BrokenBody, ObjectMissing } from '../../functions/core/errors.ts'
import type { ObjectStore } from '../../functions/core/objects.ts'
import { s3Store } from '../../functions/core/s3.ts'
import { type Endpoint, openEndpoint } from '../local/endpoint.ts'
import { type Fault, type FaultyProxy, openFaultyProxy } from '../local/faulty-proxy.ts'

/** Larger than what one write of a socket holds, so that a body comes in many pieces. */
const BYTES = Uint8Array.from({ length: 700_000 }, (_, n) => n % 251)
const KEY = 'a/body'

/** Long enough for a busy machine to answer a request that no fault holds up. */
const STALLED_MS = 1500

let endpoint: Endpoint
let proxy: FaultyProxy
let client: S3Client
/** Through the proxy, by the real SDK. */
let faulty: ObjectStore
let plain: ObjectStore
/** What happens to the next requests, in order; then nothing does. */
let faults: Fault[] = []
let asked: IncomingMessage['headers'][] = []

beforeAll(async () => {
  endpoint = await openEndpoint()
  proxy = await openFaultyProxy(endpoint.url, ({ headers }) => {
    asked.push(headers)
    return faults.shift() ?? null
  })
  client = new S3Client({
    endpoint: proxy.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'OPERATOR', secretAccessKey: 'x' },
    forcePathStyle: true,
    requestHandler: { socketTimeout: STALLED_MS },
  })
  faulty = s3Store('versioned', client)
  plain = s3Store('versioned', endpoint.s3Client())
})
afterAll(async () => {
  client?.destroy()
  await proxy?.close()
  await endpoint?.close()
})
beforeEach(async () => {
  faults = []
  await plain.put(KEY, BYTES)
  asked = []
})

async function collect(body: Readable): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of body) parts.push(Buffer.from(part))
  return Buffer.concat(parts)
}
const readStream = async (versionId?: string): Promise<Buffer> =>
  collect((await faulty.stream(KEY, versionId)).body)
const rangesAsked = (): (string | undefined)[] => asked.map(({ range }) => range)

const afterBytes = 300_000
const broken: [what: string, fault: Fault][] = [
  ['is cut', { kind: 'cut', afterBytes }],
  ['is cut before its first byte', { kind: 'cut', afterBytes: 0 }],
  ['stalls', { kind: 'stall', afterBytes }],
  ['ends early, its length unsaid', { kind: 'short', afterBytes }],
]

describe('An object read whole', () => {
  test.each(broken)('An object is read again when its body %s', async (_, fault) => {
    faults = [fault, fault]
    expect(Buffer.compare(await faulty.get(KEY), BYTES)).toBe(0)
    expect(asked).toHaveLength(3)
  })

  test('An object is read again when its bytes fail the checksum', async () => {
    faults = [{ kind: 'flip', atByte: 5 }]
    expect(Buffer.compare(await faulty.get(KEY), BYTES)).toBe(0)
    expect(asked).toHaveLength(2)
  })

  test('A whole read ends in a named fault after six attempts', async () => {
    faults = Array.from({ length: 20 }, () => ({ kind: 'cut', afterBytes }))
    const fault = await faulty.get(KEY).catch((error) => error)
    expect(fault).toBeInstanceOf(BrokenBody)
    expect(fault.message).toMatch(
      /^s3:\/\/versioned\/a\/body: it broke off in 6 attempts to read it: /,
    )
    expect(asked).toHaveLength(6)
  })

  test('A good or missing object is requested only once', async () => {
    await faulty.get(KEY)
    await expect(faulty.get('a/nothing')).rejects.toThrow(ObjectMissing)
    expect(await faulty.find('a/nothing')).toBeNull()
    expect(asked).toHaveLength(3)
  })
})

describe('A streamed object', () => {
  test.each(broken)('A stream resumes at the next byte when its body %s', async (_, fault) => {
    faults = [fault]
    expect(Buffer.compare(await readStream(), BYTES)).toBe(0)
    expect(asked).toHaveLength(2)
    const from = (fault as { afterBytes: number }).afterBytes
    expect(rangesAsked()[1]).toBe(`bytes=${from}-`)
  })

  test('A stream delivers the same bytes wherever it breaks', async () => {
    const breaks = fc.array(fc.nat(BYTES.length - 1), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(breaks, async (places) => {
        faults = places.map((place) => ({ kind: 'cut', afterBytes: place }))
        expect(Buffer.compare(await readStream(), BYTES)).toBe(0)
      }),
      { seed: 5, numRuns: 15 },
    )
  })

  test('A resumed stream keeps the version that was requested', async () => {
    const { versionId } = (await plain.head(KEY))!
    await plain.put(KEY, 'written over it')
    asked = []
    faults = [{ kind: 'cut', afterBytes }]
    expect(Buffer.compare(await readStream(versionId!), BYTES)).toBe(0)
  })

  test('A stream is not mixed with a version written meanwhile', async () => {
    faults = [{ kind: 'cut', afterBytes }]
    const { body } = await faulty.stream(KEY)
    await plain.put(KEY, Uint8Array.from(BYTES).fill(7))
    await expect(collect(body)).rejects.toThrow(
      new BrokenBody('s3://versioned/a/body: the object was replaced while it was read'),
    )
  })

  test('Six broken bodies or wrong bytes end a stream with a fault', async () => {
    faults = Array.from({ length: 20 }, () => ({ kind: 'cut', afterBytes: 10 }))
    await expect(readStream()).rejects.toThrow(/^s3:.*: it broke off in 6 attempts to read it/)
    expect(rangesAsked()).toEqual([undefined, ...[10, 20, 30, 40, 50].map((n) => `bytes=${n}-`)])
    faults = [{ kind: 'flip', atByte: 5 }]
    const fault = await readStream().catch((error) => error)
    expect(fault).toBeInstanceOf(BrokenBody)
    expect(fault.message).toMatch(/^s3:.*: Checksum mismatch/)
  })

  test('A stream requests nothing more after its reader stops', async () => {
    faults = [{ kind: 'stall', afterBytes }]
    const { body } = await faulty.stream(KEY)
    for await (const _ of body) break
    expect(body.destroyed).toBe(true)
    const unread = await faulty.stream(KEY)
    unread.body.destroy()
    await new Promise((resolve) => setTimeout(resolve, STALLED_MS + 300))
    expect(asked).toHaveLength(2)
  })
})

test('A listing whose answer breaks off is requested again', async () => {
  faults = [{ kind: 'cut', afterBytes: 40 }]
  expect(await faulty.list('a/')).toEqual([{ key: KEY, bytes: BYTES.length }])
  expect(asked).toHaveLength(2)
})
