import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Authorize, allowAll } from '../authorize.ts'
import type { Caller, Deliver, Service } from '../ports.ts'
import { readBody } from '../request-body.ts'
import { configurationOf, describeFunction } from './configuration.ts'
import { MAX_EVENT_BYTES, MAX_PAYLOAD_BYTES } from './limits.ts'
import {
  FunctionThrottled,
  functionArn,
  PayloadTooLarge,
  type Pool,
  UnknownFunction,
} from './pool.ts'

const FUNCTIONS = /^\/2015-03-31\/functions(?:\/([^/?]+)(\/configuration)?)?\/?(?:\?|$)/
const INVOCATIONS = /^\/2015-03-31\/functions\/([^/?]+)\/invocations(?:\?|$)/

class Refusal extends Error {
  readonly status: number
  readonly type: string
  constructor(status: number, type: string, message: string) {
    super(message)
    this.status = status
    this.type = type
  }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  const message = (error as Error).message
  if (error instanceof UnknownFunction)
    return new Refusal(404, 'ResourceNotFoundException', message)
  if (error instanceof PayloadTooLarge) return new Refusal(413, 'RequestTooLargeException', message)
  if (error instanceof FunctionThrottled)
    return new Refusal(429, 'TooManyRequestsException', message)
  // A name that is not percent-encoded UTF-8.
  if (error instanceof URIError) return new Refusal(400, 'InvalidParameterValueException', message)
  return new Refusal(500, 'ServiceException', message)
}

async function readEvent(request: IncomingMessage, limitBytes: number): Promise<string> {
  const body = await readBody(request, limitBytes)
  if (!body)
    throw new Refusal(413, 'RequestTooLargeException', `the payload exceeds ${limitBytes} bytes`)
  const text = body.byteLength === 0 ? '{}' : body.toString('utf8')
  try {
    JSON.parse(text)
  } catch (error) {
    const why = (error as Error).message
    throw new Refusal(400, 'InvalidRequestContentException', `the payload is not JSON: ${why}`)
  }
  return text
}

/** ListFunctions, GetFunction, GetFunctionConfiguration; null for a request that is none of them. */
function look(pool: Pool, request: IncomingMessage, caller: Caller, authorize: Authorize) {
  const match = request.method === 'GET' ? FUNCTIONS.exec(request.url ?? '') : null
  if (!match) return null
  const found = match[1] === undefined ? null : pool.find(decodeURIComponent(match[1]))
  const action = found ? `GetFunction${match[2] ? 'Configuration' : ''}` : 'ListFunctions'
  const resource = found ? functionArn(found.name) : '*'
  const { allowed, reason } = authorize(caller, `lambda:${action}`, resource)
  if (!allowed) throw new Refusal(403, 'AccessDeniedException', reason)
  if (!found) return { Functions: pool.list().map(configurationOf) }
  return match[2] ? configurationOf(found) : describeFunction(found)
}

/**
 * The Invoke operation (AWS Lambda API Reference, "Invoke", 2015-03-31): RequestResponse, Event
 * and DryRun, and the log tail; and what shows the functions. Any other operation is refused by name.
 */
export function lambdaService(
  pool: Pool,
  asynchronously: (functionName: string) => Deliver,
  authorize: Authorize = allowAll,
): Service {
  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    caller: Caller,
  ): Promise<void> {
    const shown = look(pool, request, caller, authorize)
    if (shown) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(shown))
      return
    }
    const match = INVOCATIONS.exec(request.url ?? '')
    if (!match || request.method !== 'POST')
      throw new Refusal(
        400,
        'UnsupportedOperation',
        `the local cloud invokes and shows functions; it has no ${request.method} ${request.url}`,
      )
    const name = decodeURIComponent(match[1]!)
    const arn = functionArn(pool.find(name).name)
    const { allowed, reason } = authorize(caller, 'lambda:InvokeFunction', arn)
    if (!allowed) throw new Refusal(403, 'AccessDeniedException', reason)
    const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse'
    if (type === 'DryRun') {
      response.writeHead(204).end()
      return
    }
    if (type === 'Event') {
      const event: unknown = JSON.parse(await readEvent(request, MAX_EVENT_BYTES))
      await asynchronously(arn)(event)
      response.writeHead(202).end()
      return
    }
    if (type !== 'RequestResponse')
      throw new Refusal(400, 'InvalidParameterValueException', `no invocation type "${type}"`)
    const payload = await readEvent(request, MAX_PAYLOAD_BYTES)
    const outcome = await pool.call(name, payload, caller.role !== null)
    const wantsLog = request.headers['x-amz-log-type'] === 'Tail'
    response.writeHead(200, {
      'content-type': 'application/json',
      'x-amzn-requestid': outcome.requestId,
      'x-amz-executed-version': '$LATEST',
      ...(outcome.isError ? { 'x-amz-function-error': 'Unhandled' } : {}),
      ...(wantsLog ? { 'x-amz-log-result': outcome.logTail.toString('base64') } : {}),
    })
    response.end(outcome.body)
  }

  return {
    signingName: 'lambda',
    async handle(request, response, caller) {
      try {
        await answer(request, response, caller)
      } catch (error) {
        const { status, type, message } = refusalOf(error)
        response.writeHead(status, {
          'content-type': 'application/json',
          'x-amzn-errortype': type,
        })
        response.end(JSON.stringify({ Type: status < 500 ? 'User' : 'Service', Message: message }))
      }
    },
  }
}
