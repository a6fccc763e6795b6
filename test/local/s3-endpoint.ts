import { request } from 'node:http'
import type { Readable } from 'node:stream'
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll } from 'vitest'
import { type Endpoint, openEndpoint } from './endpoint.ts'

export let endpoint: Endpoint

export let s3: S3Client

export const put = (Key: string, Body: string | Uint8Array | Readable, more: object = {}) =>
  s3.send(new PutObjectCommand({ Bucket: 'plain', Key, Body, ...more }))

export const get = async (Key: string, more: object = {}) => {
  const answer = await s3.send(new GetObjectCommand({ Bucket: 'plain', Key, ...more }))
  return { ...answer, text: await answer.Body!.transformToString() }
}

export const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error) => ({
      name: error.name as string,
      status: error.$metadata?.httpStatusCode as number,
      message: error.message as string,
    }),
  )

/** A request as no SDK would send it. */
export function raw(
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

export function openS3(): void {
  beforeAll(async () => {
    endpoint = await openEndpoint()
    s3 = endpoint.s3Client()
  })
  afterAll(() => endpoint?.close())
}
