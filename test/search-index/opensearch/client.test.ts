import { createHash } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { AwsSigv4Signer } from '@opensearch-project/opensearch/aws-v3'
import { afterEach, expect, test } from 'vitest'
import { QuartermasterError } from '../../../functions/core/errors.ts'
import { openSearchServer } from '../../../functions/search-index/opensearch/client.ts'

interface Received {
  method: string | undefined
  url: string | undefined
  headers: IncomingHttpHeaders
  body: Buffer
}
type Client = ReturnType<typeof openSearchServer>

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A server on loopback that answers with `answer`, and a client for it. */
async function open(
  answer: (response: ServerResponse) => void,
  options: Parameters<typeof openSearchServer>[0] = {},
): Promise<{ client: Client; received: Received[] }> {
  const received: Received[] = []
  const http = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method, url, headers } = request
    received.push({ method, url, headers, body: Buffer.concat(chunks) })
    answer(response)
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const client = openSearchServer({
    node: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    ...options,
  })
  closing.push(client.close, () => new Promise((resolve) => http.close(resolve)))
  closing.push(async () => http.closeAllConnections())
  return { client, received }
}
const json = (status: number, body: unknown) => (response: ServerResponse) =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

test('A request is sent once, whatever the status of its answer', async () => {
  const { client, received } = await open(json(503, { error: { type: 'busy' } }))
  expect(await client.send({ method: 'GET', path: '/a%20b/_search?size=1' })).toEqual({
    status: 503,
    body: { error: { type: 'busy' } },
  })
  expect(received.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'GET /a%20b/_search?size=1',
  ])
})

test('A bulk body arrives compressed, with its lines unchanged', async () => {
  const { client, received } = await open(json(200, { items: [] }))
  const body = '{"index":{"_id":"a","version":1152921504606846977}}\n{"x":"é"}\n'
  await client.send({ method: 'POST', path: '/_bulk', body })
  expect(gunzipSync(received[0]!.body).toString()).toBe(body)
  expect(received[0]!.headers['content-type']).toBe('application/x-ndjson')
})

test('A body of JSON is declared as such', async () => {
  const { client, received } = await open(json(200, {}))
  await client.send({ method: 'PUT', path: '/feed', body: '{"settings":{}}' })
  expect(gunzipSync(received[0]!.body).toString()).toBe('{"settings":{}}')
  expect(received[0]!.headers['content-type']).toBe('application/json')
})

test('An answer that is not JSON is a text', async () => {
  const { client } = await open((response) => void response.writeHead(502).end('<html>'))
  expect(await client.send({ method: 'GET', path: '/' })).toEqual({ status: 502, body: '<html>' })
})

test('A document with an attribute of any name is read', async () => {
  const text = '{"document":{"__proto__":{"a":1},"constructor":{"prototype":{}}}}'
  const { client } = await open(
    (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(text),
  )
  const { body } = await client.send({ method: 'GET', path: '/' })
  expect(JSON.stringify(body)).toBe(text)
})

test('A connection that is refused, breaks or hangs is an infrastructure fault', async () => {
  const refusing = openSearchServer({ node: 'http://127.0.0.1:1' })
  closing.push(refusing.close)
  const breaking = await open((response) => void response.destroy())
  const hanging = await open(() => {}, { requestTimeout: 50 })
  for (const client of [refusing, breaking.client, hanging.client])
    await expect(client.send({ method: 'GET', path: '/x' })).rejects.toThrow(
      /^Search server: no answer to GET \/x: /,
    )
  await expect(refusing.send({ method: 'GET', path: '/x' })).rejects.toThrow(QuartermasterError)
})

test('A request to AWS is signed over the bytes that are sent', async () => {
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }
  const signer = AwsSigv4Signer({
    region: 'eu-west-1',
    service: 'es',
    getCredentials: async () => credentials,
  })
  const { client, received } = await open(json(200, {}), signer)
  await client.send({ method: 'POST', path: '/_bulk', body: '{"delete":{"_id":"a"}}\n' })
  const [{ headers, body }] = received as [Received]
  expect(headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1/,
  )
  expect(headers['x-amz-content-sha256']).toBe(createHash('sha256').update(body).digest('hex'))
})
