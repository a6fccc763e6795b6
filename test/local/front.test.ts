import { connect } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { callerIdentityService } from '../../cdk/local/caller-identity.ts'
import type { Service } from '../../cdk/local/ports.ts'
import { type Endpoint, openEndpoint } from './endpoint.ts'

/** A service with a defect of the worst kind. */
const broken: Service = {
  signingName: 'broken',
  handle() {
    throw new Error('thrown before it was asynchronous')
  },
}
let endpoint: Endpoint
let open: Endpoint
beforeAll(async () => {
  endpoint = await openEndpoint({ services: [callerIdentityService(), broken] })
  open = await openEndpoint({ address: '0.0.0.0' })
})
afterAll(() => Promise.all([endpoint.close(), open.close()]))

const signedFor = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=OPERATOR/20260105/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`
/** First line of the answer to a request that no client would send; '' where there was none. */
function send(to: Endpoint, requestLine: string, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(to.url).port), '127.0.0.1')
    let text = ''
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk
    })
    socket.once('close', () => resolve(text.split('\r\n')[0]!)).once('error', () => {})
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.write(`${requestLine} HTTP/1.1\r\n${lines.join('')}connection: close\r\n\r\n`)
  })
}
const asOperator = { authorization: signedFor('s3') }
const ask = (service: string, headers: Record<string, string>, body = ''): Promise<Response> =>
  fetch(endpoint.url, {
    method: 'POST',
    headers: { authorization: signedFor(service), ...headers },
    body,
  })

describe('The endpoint', () => {
  test.each([
    [
      'kms',
      { 'x-amz-target': 'TrentService.ListKeys' },
      /^\{"__type":"NotImplemented","message":"/,
    ],
    [
      'ec2',
      { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      /^<ErrorResponse><Error><Type>Sender<\/Type><Code>NotImplemented<\/Code>/,
    ],
    ['scheduler', { 'content-type': 'application/json' }, /^\{"message":"The local cloud has no/],
  ])(
    'The endpoint refuses the unsupported service %s in the request protocol',
    async (service, headers, shape) => {
      const answer = await ask(service, headers)
      expect(answer.status).toBe(501)
      expect(answer.headers.get('x-amzn-errortype')).toBe('NotImplemented')
      const text = await answer.text()
      expect(text).toMatch(shape)
      expect(text).toContain(`has no service ${service}; it has s3, dynamodb, sts`)
    },
  )

  test.each([
    ['GET //', 400],
    ['GET ///', 400],
    ['GET //[', 400],
    ['GET //evil.example/plain/key', 400],
    ['GET /\\\\', 400],
    ['GET http://[', 400],
    ['GET http://127.0.0.1/plain', 400],
    ['GET ?', 400],
    ['OPTIONS *', 400],
    ['GET /plain/%', 400],
    ['GET /plain/%E0%A4', 400],
    ['GET /?X-Amz-Credential=%', 200],
    ['GET /..//../', 404],
    ['GET /plain/..', 404],
    ['GET /plain?list-type=2', 200],
    ['GET / HTTP/9.9 ', 400],
  ])('The endpoint answers the request line %s with %i and keeps running', async (line, status) => {
    const host = new URL(endpoint.url).host
    expect(await send(endpoint, line, { host, ...asOperator })).toContain(` ${status} `)
    expect(await send(endpoint, 'GET /', { host, ...asOperator })).toContain(' 200 ')
  })

  test('The endpoint refuses an unreadable target before it checks the sender', async () => {
    const { host } = new URL(endpoint.url)
    expect(await send(endpoint, 'GET //', { host })).toContain(' 400 ')
    expect(await send(endpoint, 'GET /', { host })).toContain(' 403 ')
  })

  test('An error in a service fails only its own request', async () => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const answer = await ask('broken', {})
    expect(said.mock.calls.join()).toContain('local POST /: Error: thrown before')
    said.mockRestore()
    expect(answer.status).toBe(500)
    expect(await answer.text()).toContain('thrown before it was asynchronous')
    const rows = { 'x-amz-target': 'DynamoDB_20120810.GetItem' }
    for (const body of ['null', '[]', '{', '"text"']) {
      const refused = await ask('dynamodb', rows, body)
      expect([refused.status, await refused.text()]).toEqual([
        400,
        expect.stringContaining('SerializationException'),
      ])
    }
  })

  test('A loopback endpoint answers only to loopback names', async () => {
    const statusFor = async (host: string) =>
      (await send(endpoint, 'GET /', { host, ...asOperator })).split(' ')[1]
    for (const host of ['localhost', '127.0.0.1:80', '[::1]:4566', 'LOCALHOST:1'])
      expect([host, await statusFor(host)]).toEqual([host, '200'])
    for (const host of ['host.docker.internal:4566', 'evil.example', '0.0.0.0', '127.0.0.1.nip.io'])
      expect([host, await statusFor(host)]).toEqual([host, '403'])
  })

  test('The endpoint refuses every cross-site request of a browser', async () => {
    const { host } = new URL(endpoint.url)
    const statusFor = async (headers: Record<string, string>) =>
      (await send(endpoint, 'GET /', { host, ...asOperator, ...headers })).split(' ')[1]
    for (const site of ['cross-site', 'same-site', 'of a later standard'])
      expect([site, await statusFor({ 'sec-fetch-site': site })]).toEqual([site, '403'])
    for (const site of ['same-origin', 'none'])
      expect([site, await statusFor({ 'sec-fetch-site': site })]).toEqual([site, '200'])
    expect(await statusFor({ origin: 'http://evil.example' })).toBe('403')
    expect(await statusFor({ origin: `http://${host}`, 'sec-fetch-site': 'cross-site' })).toBe(
      '403',
    )
  })

  test('An open endpoint answers to machine addresses and the Docker host name', async () => {
    const statusFor = async (host: string, more = {}) =>
      (await send(open, 'GET /', { host, ...asOperator, ...more })).split(' ')[1]
    const own = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
    const addresses = own.filter(({ family }) => family === 'IPv4').map(({ address }) => address)
    for (const host of [
      'localhost',
      'host.docker.internal:4566',
      '0.0.0.0:4566',
      hostname(),
      ...addresses,
    ])
      expect([host, await statusFor(host)]).toEqual([host, '200'])
    for (const host of ['evil.example', 'host.docker.internal.evil.example', '203.0.113.9'])
      expect([host, await statusFor(host)]).toEqual([host, '403'])
    const from = { origin: 'http://evil.example' }
    expect(await statusFor('host.docker.internal:4566', from)).toBe('403')
  })

  test('The endpoint reports the identity that it gives the caller', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const body = 'Action=GetCallerIdentity&Version=2011-06-15'
    const answer = await ask('sts', form, body)
    expect(await answer.text()).toContain('<Arn>arn:aws:iam::000000000000:user/operator</Arn>')
    const other = await ask('sts', form, 'Action=AssumeRole&Version=2011-06-15')
    expect(other.status).toBe(400)
    expect(await other.text()).toContain('<Code>InvalidAction</Code>')
  })
})
