import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callerIdentityService } from '../../cdk/local/caller-identity.ts'
import { startFront } from '../../cdk/local/front.ts'
import { createUsage } from '../../cdk/local/usage.ts'
import { type Endpoint, openEndpoint } from './endpoint.ts'

let endpoint: Endpoint
beforeAll(async () => {
  endpoint = await openEndpoint({ services: [callerIdentityService()] })
})
afterAll(() => endpoint.close())

const signedFor = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=OPERATOR/20260105/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`
const ask = (service: string, headers: Record<string, string>, body = ''): Promise<Response> =>
  fetch(endpoint.url, {
    method: 'POST',
    headers: { authorization: signedFor(service), ...headers },
    body,
  })

describe('the endpoint', () => {
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
    'refuses %s, which it has not, in the protocol of the request',
    async (service, headers, shape) => {
      const answer = await ask(service, headers)
      expect(answer.status).toBe(501)
      expect(answer.headers.get('x-amzn-errortype')).toBe('NotImplemented')
      const text = await answer.text()
      expect(text).toMatch(shape)
      expect(text).toContain(`has no service ${service}; it has s3, dynamodb, sts`)
    },
  )

  test('says to whom it takes a caller for', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const body = 'Action=GetCallerIdentity&Version=2011-06-15'
    const answer = await ask('sts', form, body)
    expect(await answer.text()).toContain('<Arn>arn:aws:iam::000000000000:user/operator</Arn>')
    const other = await ask('sts', form, 'Action=AssumeRole&Version=2011-06-15')
    expect(other.status).toBe(400)
    expect(await other.text()).toContain('<Code>InvalidAction</Code>')
  })

  test.each([
    [false, 'host.docker.internal', 403],
    [true, 'host.docker.internal', 200],
    [true, 'evil.example', 403],
  ])(
    'where containers are let in (%s) answers %s with %i',
    async (admitsContainers, name, status) => {
      const front = await startFront({
        services: [callerIdentityService()],
        resolveCaller: () => ({ stage: 'operator', role: null }),
        usage: createUsage(),
        admitsContainers,
      })
      const host = `${name}:${new URL(front.url).port}`
      const asked = await new Promise<number | undefined>((resolve, reject) => {
        const headers = { host, authorization: signedFor('sts') }
        request(front.url, { method: 'POST', headers }, (answer) => resolve(answer.statusCode))
          .once('error', reject)
          .end('Action=GetCallerIdentity&Version=2011-06-15')
      })
      await front.close()
      expect(asked).toBe(status)
    },
  )
})
