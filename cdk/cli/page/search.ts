import type { IncomingMessage, ServerResponse } from 'node:http'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import type { Cloud } from '../../local/cloud.ts'

/** Answers the search box of the page: the search function itself, as its URL would. */
export type AnswerSearch = (request: IncomingMessage, response: ServerResponse, url: URL) => void

/** Null where the deployment has no search function. */
export function openSearchBox(cloud: Cloud, scene: string): AnswerSearch | null {
  const { name } = cloud.declarations.functions.find(({ stage }) => stage === 'search') ?? {}
  if (name === undefined) return null
  const client = new LambdaClient({
    endpoint: cloud.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'LOCALOPERATOR', secretAccessKey: 'local' },
  })
  const ask = async (url: URL): Promise<{ statusCode: number; body: string }> => {
    const queryStringParameters = { ...Object.fromEntries(url.searchParams), scene }
    const event = { requestContext: { http: { method: 'GET' } }, queryStringParameters }
    const Payload = Buffer.from(JSON.stringify(event))
    const answer = await client.send(new InvokeCommand({ FunctionName: name, Payload }))
    const text = Buffer.from(answer.Payload ?? []).toString()
    return answer.FunctionError ? { statusCode: 500, body: text } : JSON.parse(text)
  }
  return (_, response, url) => {
    ask(url)
      .then(({ statusCode, body }) => {
        response.writeHead(statusCode, {
          'content-type': 'application/json',
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
        })
        response.end(body)
      })
      .catch((error: Error) => response.destroy(error))
  }
}
