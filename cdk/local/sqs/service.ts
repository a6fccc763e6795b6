import { type Authorize, allowAll } from '../authorize.ts'
import { uuidOf } from '../identifiers.ts'
import { ACCOUNT, type Service } from '../ports.ts'
import { readBody } from '../request-body.ts'
import { SqsError } from './errors.ts'
import { MAX_MESSAGE_BYTES } from './limits.ts'
import { sqsOperations } from './operations.ts'
import type { Queues } from './queues.ts'

const TARGET = /^AmazonSQS\.([A-Za-z]+)$/

/** JSON escapes can make six bytes of one. */
const MAX_REQUEST_BYTES = 8 * MAX_MESSAGE_BYTES

function parseInput(body: Buffer): Record<string, unknown> {
  let input: unknown
  try {
    input = JSON.parse(body.toString('utf8') || '{}')
  } catch (error) {
    throw new SqsError('SerializationException', `not JSON: ${(error as Error).message}`)
  }
  if (input === null || typeof input !== 'object' || Array.isArray(input))
    throw new SqsError('SerializationException', 'not a JSON object')
  return input as Record<string, unknown>
}

/** Amazon SQS by its JSON protocol (Amazon SQS Developer Guide, "Making requests using AWS JSON protocol"). */
export function sqsService(queues: Queues, authorize: Authorize = allowAll): Service {
  let requests = 0
  return {
    signingName: 'sqs',
    async handle(request, response, caller) {
      const requestId = uuidOf(`request ${++requests} to sqs`)
      const reply = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
        response.writeHead(status, {
          'content-type': 'application/x-amz-json-1.0',
          'x-amzn-requestid': requestId,
          ...headers,
        })
        response.end(body === null ? '' : JSON.stringify(body))
      }
      try {
        const target = String(request.headers['x-amz-target'] ?? '')
        const operation = TARGET.exec(target)?.[1]
        const body = await readBody(request, MAX_REQUEST_BYTES)
        if (!operation)
          throw new SqsError('InvalidAction', `"${target}" names no operation of Amazon SQS`)
        if (!body) throw new SqsError('BatchRequestTooLong', `over ${MAX_REQUEST_BYTES} bytes`)
        const urlOf = (name: string): string => `http://${request.headers.host}/${ACCOUNT}/${name}`
        const run = sqsOperations(queues, authorize, urlOf)
        reply(200, run(operation, parseInput(body), caller))
      } catch (error) {
        const isRefusal = error instanceof SqsError
        const shape = isRefusal ? error.shape : 'InternalFailure'
        const code = isRefusal ? error.queryCode : shape
        const status = !isRefusal ? 500 : shape === 'AccessDeniedException' ? 403 : 400
        reply(
          status,
          { __type: `com.amazonaws.sqs#${shape}`, message: (error as Error).message },
          { 'x-amzn-query-error': `${code};${isRefusal ? 'Sender' : 'Receiver'}` },
        )
      }
    },
  }
}
