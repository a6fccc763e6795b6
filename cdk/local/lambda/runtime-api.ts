import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readBody } from '../request-body.ts'
import { responseTooLarge } from './faults.ts'
import { MAX_PAYLOAD_BYTES } from './limits.ts'

export interface Invocation {
  requestId: string
  /** JSON. */
  payload: string
  /** Real time, as the process reads it from its own clock. */
  deadlineMs: () => number
  functionArn: string
  traceId: string
  /** The process has it. */
  began(): void
}

export interface Reply {
  /** JSON: the result, or the error's type, message and trace. */
  body: string
  isError: boolean
  /** The process said that it ends after this. */
  isLast: boolean
  /** Where the process reports its own peak memory. */
  residentBytes: number | null
}

export interface RuntimeApi {
  /** `host:port`, for AWS_LAMBDA_RUNTIME_API. */
  readonly address: string
  /** Answers the process's pending or next request for work. */
  hand(invocation: Invocation): void
  close(): void
}

export interface RuntimeListener {
  /** The process asked for work. */
  asked(): void
  /** The invocation has been handed over: its time runs. */
  taken(): void
  /** To an invocation, or of a start that failed. */
  replied(requestId: string | null, reply: Reply): void
}

const PATH = /^\/2018-06-01\/runtime\/(?:invocation\/(next|([^/]+)\/(response|error))|init\/error)$/

/**
 * The runtime API of one process on a loopback port of its own (AWS Lambda Developer Guide,
 * "Using the Lambda runtime API"): next, response, error, init error.
 */
export async function openRuntimeApi(listener: RuntimeListener): Promise<RuntimeApi> {
  let work: Invocation | null = null
  let asking: ServerResponse | null = null

  function handOver(): void {
    if (!work || !asking) return
    listener.taken()
    asking.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': work.requestId,
      'lambda-runtime-deadline-ms': String(work.deadlineMs()),
      'lambda-runtime-invoked-function-arn': work.functionArn,
      'lambda-runtime-trace-id': work.traceId,
    })
    asking.end(work.payload)
    work = null
    asking = null
  }
  async function readReply(request: IncomingMessage, isError: boolean): Promise<Reply> {
    const body = await readBody(request, MAX_PAYLOAD_BYTES)
    const resident = Number(request.headers['quartermaster-resident-bytes'] ?? Number.NaN)
    return {
      body: body?.toString('utf8') ?? JSON.stringify(responseTooLarge(MAX_PAYLOAD_BYTES)),
      isError: isError || body === null,
      isLast: request.headers['quartermaster-last'] === 'true',
      residentBytes: Number.isFinite(resident) ? resident : null,
    }
  }
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const match = PATH.exec(request.url ?? '')
    if (!match) {
      response.writeHead(404).end()
      return
    }
    if (match[1] === 'next') {
      asking = response
      listener.asked()
      handOver()
      return
    }
    const reply = await readReply(request, match[3] !== 'response')
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}')
    listener.replied(match[2] ?? null, reply)
  }

  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
    // A process that dies in the middle of a reply: its exit tells the rest.
    answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    hand(invocation) {
      work = invocation
      handOver()
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
