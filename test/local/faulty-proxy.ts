import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What goes wrong with one request on its way to the local cloud, or with its answer. */
export type Fault =
  /** The service has a fault of its own, and does nothing. */
  | { kind: 'error' }
  /** The service asks for patience, and does nothing. */
  | { kind: 'throttle' }
  /** The service does it, and its answer is lost. */
  | { kind: 'lost answer' }
  /** The connection breaks after so many bytes of the body. */
  | { kind: 'cut'; afterBytes: number }
  /** The body stops after so many bytes, and the connection stays open. */
  | { kind: 'stall'; afterBytes: number }
  /** The body ends after so many bytes as if it were whole, its length unsaid. */
  | { kind: 'short'; afterBytes: number }
  /** Of a BatchWriteItem only every second row is written, the others are named as unprocessed. */
  | { kind: 'unprocessed' }
  /** One byte of the body is another. */
  | { kind: 'flip'; atByte: number }
  /** Nobody is there any more: what a process that was killed asks for. */
  | { kind: 'gone' }

export interface FaultyProxy {
  url: string
  /** Where requests go from now on. */
  leadTo(url: string): void
  close(): Promise<void>
}

interface Answer {
  status: number
  headers: IncomingMessage['headers']
  body: Buffer
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of message) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

/** In the words of the service that was asked: S3's XML, else AWS JSON. */
function refuse(request: IncomingMessage, response: ServerResponse, isThrottle: boolean): void {
  const isS3 = /\/s3\/aws4_request/.test(request.headers.authorization ?? '')
  const code = isThrottle ? (isS3 ? 'SlowDown' : 'ThrottlingException') : 'InternalServerError'
  const status = isThrottle && !isS3 ? 400 : isThrottle ? 503 : 500
  response
    .writeHead(status, { 'content-type': isS3 ? 'application/xml' : 'application/x-amz-json-1.0' })
    .end(
      isS3
        ? `<Error><Code>${code}</Code><Message>by the test</Message></Error>`
        : JSON.stringify({ __type: code, message: 'by the test' }),
    )
}

function reply(response: ServerResponse, answer: Answer, fault: Fault | null): void {
  const { status, headers, body } = answer
  if (fault?.kind === 'cut' || fault?.kind === 'stall') {
    response.writeHead(status, { ...headers, 'content-length': body.byteLength })
    response.write(body.subarray(0, fault.afterBytes), () => {
      if (fault.kind === 'cut') response.destroy()
    })
  } else if (fault?.kind === 'short') {
    const { 'content-length': _, ...others } = headers
    response.writeHead(status, others).end(body.subarray(0, fault.afterBytes))
  } else {
    if (fault?.kind === 'flip') body[fault.atByte]! ^= 1
    response.writeHead(status, headers).end(body)
  }
}

interface Batch {
  RequestItems: Record<string, unknown[]>
}
const ofBatch = (body: Buffer, isWanted: (n: number) => boolean): Batch['RequestItems'] => {
  const { RequestItems } = JSON.parse(body.toString()) as Batch
  const tables = Object.entries(RequestItems)
  return Object.fromEntries(
    tables.map(([name, rows]) => [name, rows.filter((_, n) => isWanted(n))]),
  )
}

/** A proxy before the local cloud that does to each request what `choose` says; null lets it pass. */
export async function openFaultyProxy(
  target: string,
  choose: (request: IncomingMessage) => Fault | null,
): Promise<FaultyProxy> {
  let upstream = new URL(target)
  const forward = (
    request: IncomingMessage,
    body: Buffer,
    headers = request.headers,
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { method, url: path } = request
      const { hostname, port } = upstream
      send({ hostname, port, method, path, headers }, (answer) => {
        const { statusCode: status, headers: answered } = answer
        readAll(answer).then(
          (read) => resolve({ status: status!, headers: answered, body: read }),
          reject,
        )
      })
        .on('error', reject)
        .end(body)
    })
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = choose(request)
    const body = await readAll(request)
    if (fault?.kind === 'gone') return void response.destroy()
    if (fault?.kind === 'error' || fault?.kind === 'throttle')
      return refuse(request, response, fault.kind === 'throttle')
    if (fault?.kind === 'unprocessed') {
      const some = Buffer.from(JSON.stringify({ RequestItems: ofBatch(body, (n) => n % 2 === 0) }))
      await forward(request, some, { ...request.headers, 'content-length': String(some.length) })
      const UnprocessedItems = ofBatch(body, (n) => n % 2 === 1)
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' })
      return void response.end(JSON.stringify({ UnprocessedItems }))
    }
    const answer = await forward(request, body)
    if (fault?.kind === 'lost answer') response.destroy()
    else reply(response, answer, fault)
  }
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo(url) {
      upstream = new URL(url)
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
