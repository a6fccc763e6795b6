import { createServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo } from 'node:net'

interface ConverseRequest {
  path: string
  body: {
    system: { text: string }[]
    messages: { role: string; content: { text: string }[] }[]
    inferenceConfig: { maxTokens: number; temperature: number }
  }
}
export type Respond = (request: ConverseRequest, response: Http2ServerResponse) => void

/** The answer of a model, in the form of the Converse API. */
const converseAnswer = (text: string): string =>
  JSON.stringify({
    output: { message: { role: 'assistant', content: [{ text }] } },
    stopReason: 'end_turn',
    usage: { inputTokens: 10, outputTokens: 10, totalTokens: 20 },
    metrics: { latencyMs: 1 },
  })
export const answering =
  (text: string): Respond =>
  (_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(converseAnswer(text))
  }
export const failing =
  (status: number, type: string): Respond =>
  (_request, response) => {
    response.writeHead(status, { 'x-amzn-errortype': type, 'content-type': 'application/json' })
    response.end(JSON.stringify({ message: type }))
  }

/** Amazon Bedrock's Converse API on loopback: HTTP/2, as the client speaks it. */
export async function converseStub(respond: Respond) {
  const requests: ConverseRequest[] = []
  const sessions = new Set<{ destroy(): void }>()
  const handle = (request: Http2ServerRequest, response: Http2ServerResponse) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const seen = { path: request.url, body: JSON.parse(Buffer.concat(parts).toString()) }
      requests.push(seen)
      stub.respond(seen, response)
    })
  }
  const server = createServer(handle)
  server.on('session', (session) => {
    sessions.add(session)
    session.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stub = {
    respond,
    requests,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close(): Promise<void> {
      for (const session of sessions) session.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return stub
}
