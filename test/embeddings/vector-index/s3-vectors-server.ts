import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { S3VectorsClient } from '@aws-sdk/client-s3vectors'

/**
 * A server on loopback with the requests of Amazon S3 Vectors that the store sends, in its JSON. There is no
 * emulator of the service: field names and limits are those of its API reference and of "Limitations and
 * restrictions". Searches are exact.
 */

type Json = Record<string, unknown>
interface Index {
  dimension: number
  vectors: Map<string, number[]>
}

class Refused extends Error {
  readonly status: number

  constructor(status: number, name: string, message: string) {
    super(message)
    this.status = status
    this.name = name
  }
}
const validation = (message: string) => new Refused(400, 'ValidationException', message)
const NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

/** Each operation's fields: required ones, and others that are known. */
const FIELDS: Record<string, { required: string[]; known?: string[] }> = {
  CreateIndex: {
    required: ['vectorBucketName', 'indexName', 'dataType', 'dimension', 'distanceMetric'],
  },
  GetIndex: { required: ['vectorBucketName', 'indexName'] },
  DeleteIndex: { required: ['vectorBucketName', 'indexName'] },
  ListIndexes: { required: ['vectorBucketName'], known: ['prefix', 'nextToken', 'maxResults'] },
  PutVectors: { required: ['vectorBucketName', 'indexName', 'vectors'] },
  DeleteVectors: { required: ['vectorBucketName', 'indexName', 'keys'] },
  QueryVectors: {
    required: ['vectorBucketName', 'indexName', 'topK', 'queryVector'],
    known: ['returnDistance'],
  },
}

function checkFields(operation: string, body: Json): void {
  const { required, known = [] } = FIELDS[operation]!
  for (const field of required) if (!(field in body)) throw validation(`${field} is missing`)
  for (const field of Object.keys(body))
    if (![...required, ...known].includes(field)) throw validation(`${field} is unknown`)
  if ('indexName' in body && !NAME.test(body['indexName'] as string))
    throw validation('indexName is invalid')
}

function checkValues(data: unknown, dimension: number): number[] {
  const { float32, ...rest } = data as { float32: number[] }
  if (!Array.isArray(float32) || Object.keys(rest).length > 0) throw validation('expected float32')
  if (float32.length !== dimension) throw validation(`expected ${dimension} dimensions`)
  if (!float32.every((x) => Number.isFinite(Math.fround(x)))) throw validation('not a number')
  if (float32.every((x) => x === 0)) throw validation('zero vectors are not allowed under cosine')
  return float32.map(Math.fround)
}

function checkCount(what: string, count: number, most: number): void {
  if (count < 1 || count > most) throw validation(`${what}: got ${count}, expected 1 to ${most}`)
}

function checkKeys(keys: readonly unknown[]): void {
  checkCount('keys', keys.length, 500)
  if (new Set(keys).size < keys.length) throw validation('a key is given twice')
  for (const key of keys) checkCount('characters of a key', (key as string).length, 1024)
}

const cosine = (a: readonly number[], b: readonly number[]): number => {
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, n, i) => sum + n * y[i]!, 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}

const PAGE = 2

function answer(indexes: Map<string, Index>, bucket: string, operation: string, body: Json): Json {
  checkFields(operation, body)
  if (body['vectorBucketName'] !== bucket)
    throw new Refused(404, 'NotFoundException', 'The specified vector bucket could not be found')
  const name = body['indexName'] as string
  const indexOf = (): Index => {
    const index = indexes.get(name)
    if (!index)
      throw new Refused(404, 'NotFoundException', 'The specified index could not be found')
    return index
  }
  const operations: Record<string, () => Json> = {
    CreateIndex() {
      const dimension = body['dimension'] as number
      checkCount('dimension', dimension, 4096)
      if (body['dataType'] !== 'float32' || body['distanceMetric'] !== 'cosine')
        throw validation('expected float32 and cosine')
      if (indexes.has(name)) throw new Refused(409, 'ConflictException', 'It exists')
      indexes.set(name, { dimension, vectors: new Map() })
      return { indexArn: `arn:aws:s3vectors:eu-west-1:1:bucket/${bucket}/index/${name}` }
    },
    GetIndex: () => ({
      index: {
        ...{ vectorBucketName: bucket, indexName: name, indexArn: 'arn:', creationTime: 0 },
        ...{ dataType: 'float32', dimension: indexOf().dimension, distanceMetric: 'cosine' },
      },
    }),
    DeleteIndex() {
      indexes.delete(name)
      return {}
    },
    ListIndexes() {
      const prefix = (body['prefix'] ?? '') as string
      const all = [...indexes.keys()].filter((one) => one.startsWith(prefix)).sort()
      const from = Number(body['nextToken'] ?? 0)
      const page = all.slice(from, from + PAGE).map((indexName) => ({
        ...{ indexName, vectorBucketName: bucket, indexArn: 'arn:', creationTime: 0 },
      }))
      const more = from + PAGE < all.length
      return { indexes: page, ...(more && { nextToken: String(from + PAGE) }) }
    },
    PutVectors() {
      const vectors = body['vectors'] as { key: string; data: unknown }[]
      checkKeys(vectors.map(({ key }) => key))
      const { dimension, vectors: held } = indexOf()
      const checked = vectors.map(({ key, data }) => [key, checkValues(data, dimension)] as const)
      for (const [key, values] of checked) held.set(key, values)
      return {}
    },
    DeleteVectors() {
      checkKeys(body['keys'] as string[])
      const { vectors } = indexOf()
      for (const key of body['keys'] as string[]) vectors.delete(key)
      return {}
    },
    QueryVectors() {
      checkCount('topK', body['topK'] as number, 100)
      const { dimension, vectors } = indexOf()
      const query = checkValues(body['queryVector'], dimension)
      const found = [...vectors]
        .map(([key, values]) => ({ key, distance: 1 - cosine(query, values) }))
        .sort((a, b) => a.distance - b.distance)
      return { vectors: found.slice(0, body['topK'] as number), distanceMetric: 'cosine' }
    },
  }
  return operations[operation]!()
}

export async function openS3Vectors(bucket: string) {
  const indexes = new Map<string, Index>()
  const requests: string[] = []
  /** Statuses that the next requests are answered with. */
  const failing: number[] = []
  const http = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const operation = request.url!.slice(1)
    requests.push(operation)
    const send = (status: number, body: unknown, type?: string): void => {
      const headers = {
        'content-type': 'application/json',
        ...(type && { 'x-amzn-errortype': type }),
      }
      response.writeHead(status, headers).end(JSON.stringify(body))
    }
    const text = Buffer.concat(chunks)
    try {
      const status = failing.shift()
      if (status === 429) throw new Refused(429, 'TooManyRequestsException', 'Slow down')
      if (status !== undefined) throw new Refused(status, 'AccessDeniedException', 'No')
      if (request.method !== 'POST' || !FIELDS[operation]) throw validation(`no ${request.url}`)
      if (
        !/^AWS4-HMAC-SHA256 .*\/s3vectors\/aws4_request/.test(request.headers.authorization ?? '')
      )
        throw new Refused(403, 'AccessDeniedException', 'not signed')
      if (text.length > 20 * 2 ** 20) throw validation('the payload is larger than 20 MiB')
      send(200, answer(indexes, bucket, operation, JSON.parse(text.toString()) as Json))
    } catch (error) {
      const { status = 500, name, message } = error as Refused
      send(status, { message }, name)
    }
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const client = new S3VectorsClient({
    endpoint: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    ...{ region: 'eu-west-1', credentials: { accessKeyId: 'id', secretAccessKey: 'secret' } },
  })
  return {
    ...{ client, indexes, requests, failing },
    async close(): Promise<void> {
      client.destroy()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}
