import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { embeddingsSchema } from '../../../functions/contract/embeddings.ts'
import { QuartermasterError } from '../../../functions/core/errors.ts'
import { configuredStore } from '../../../functions/embeddings/vector-index/stores/configured.ts'
import { openSearchStore } from '../../../functions/embeddings/vector-index/stores/open-search.ts'
import type { VectorSet } from '../../../functions/embeddings/vector-index/stores/store.ts'

const SET: VectorSet = {
  generation: '00000001-1767571200000',
  side: 'in',
  dimensions: 2,
  radius: 1,
}
const vectors = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    ...{ id: `item-${i}`, vector: Float32Array.of(1, i), bias: 0 },
  }))
interface Request {
  method: string
  path: string
  body?: string
}

/** A store whose server answers a bulk request with these statuses of its items, and all else with 200. */
function scripted(answers: (number[] | number)[]) {
  const requests: Request[] = []
  const waits: number[] = []
  const server = {
    async send(request: Request) {
      requests.push(request)
      if (!request.path.endsWith('_bulk')) return { status: 200, body: {} }
      const ids = [...request.body!.matchAll(/"_id":"([^"]+)"/g)].map(([, id]) => id)
      const answer = answers.shift() ?? ids.map(() => 201)
      if (typeof answer === 'number') return { status: answer, body: { error: 'busy' } }
      const items = answer.map((status, i) => ({ index: { _id: ids[i], status } }))
      return { status: 200, body: { items } }
    },
  }
  const pause = async (ms: number) => void waits.push(ms)
  const bulkIds = () =>
    requests
      .filter(({ path }) => path.endsWith('_bulk'))
      .map(({ body }) => [...body!.matchAll(/"_id":"item-(\d+)"/g)].map(([, n]) => Number(n)))
  return { store: openSearchStore({ server, scene: 'feed', pause }), requests, waits, bulkIds }
}

describe('A store in OpenSearch', () => {
  test('Vectors that the server was too busy for are sent again, alone', async () => {
    const { store, waits, bulkIds } = scripted([[201, 429, 503], 503, [201, 201]])
    expect(await store.put(SET, vectors(3))).toEqual({ written: 3, refused: [] })
    expect(bulkIds()).toEqual([
      [0, 1, 2],
      [1, 2],
      [1, 2],
    ])
    expect(waits).toEqual([500, 500])
  })

  test('A server that stays busy is a fault after five waits', async () => {
    const { store, waits } = scripted(Array(9).fill([429]))
    await expect(store.put(SET, vectors(1))).rejects.toThrow(/1 vectors of .* too busy/)
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000])
  })

  test('A vector that the server rejects is a fault that names it', async () => {
    const { store } = scripted([[201, 400]])
    await expect(store.put(SET, vectors(2))).rejects.toThrow(
      /"item-1" in vectors\.feed\.00000001-1767571200000\.in: 400/,
    )
  })

  test('A bulk request has at most 500 vectors', async () => {
    const { store, bulkIds } = scripted([])
    await store.put(SET, vectors(1100))
    expect(bulkIds().map(({ length }) => length)).toEqual([500, 500, 100])
  })

  test('An id that the server cannot keep is refused', async () => {
    const { store, bulkIds } = scripted([])
    const [first] = vectors(1)
    const odd = ['é'.repeat(257), '', '\ud800'].map((id) => ({ ...first!, id }))
    const { written, refused } = await store.put(SET, [...odd, first!])
    expect([written, bulkIds()]).toEqual([1, [[0]]])
    expect(refused.map(({ reason }) => reason)).toEqual([
      'the id has 514 bytes, expected 1 to 512',
      'the id has 0 bytes, expected 1 to 512',
      'the id is not well-formed Unicode',
    ])
  })
})

describe('The store of a configuration', () => {
  const closing: (() => unknown)[] = []
  afterEach(() => {
    for (const close of closing.splice(0)) close()
  })
  const variables = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'x' }

  test.each(['none', 'es'] as const)(
    'Requests with access %s are signed or not',
    async (access) => {
      const received: (string | undefined)[] = []
      const http = createServer((request, response) => {
        received.push(request.headers.authorization)
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
      })
      await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
      closing.push(
        () => http.close(),
        () => http.closeAllConnections(),
      )
      const endpoint = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
      const { vectorStore } = embeddingsSchema.parse({
        vectorStore: {
          kind: 'open-search',
          endpoint,
          access,
          arn: 'arn:aws:es:eu-west-1:1:domain/d',
        },
      })
      expect(await configuredStore(vectorStore!, 'feed', variables).generations()).toEqual([])
      const signature = expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=id\/\d{8}\/eu-west-1\/es/,
      )
      expect(received).toEqual([access === 'es' ? signature : undefined])
    },
  )

  test('A server that does not answer is a fault', async () => {
    const definition = {
      kind: 'open-search',
      endpoint: 'http://127.0.0.1:1',
      access: 'none',
    } as const
    const store = configuredStore(definition, 'feed', variables)
    await expect(store.generations()).rejects.toThrow(QuartermasterError)
    await expect(store.generations()).rejects.toThrow(/^Vector server: no answer to GET/)
  })

  test('S3 Vectors needs a bucket, and a domain its ARN', () => {
    const parse = (vectorStore: object) => embeddingsSchema.safeParse({ vectorStore })
    expect(parse({ kind: 's3-vectors', bucket: 'shop-vectors' }).success).toBe(true)
    expect(parse({ kind: 's3-vectors', bucket: 'Shop' }).success).toBe(false)
    const domain = { kind: 'open-search', endpoint: 'https://x.example' }
    expect(parse(domain).error?.issues[0]?.message).toBe('access "es" needs the ARN to grant it')
    expect(parse({ ...domain, access: 'none' }).success).toBe(true)
    expect(parse({ ...domain, access: 'aoss' }).success).toBe(false)
    expect(configuredStore({ kind: 's3-vectors', bucket: 'b' }, 'feed', {}).maxK).toBe(100)
  })
})
