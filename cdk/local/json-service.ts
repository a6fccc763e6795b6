import { uuidOf } from './identifiers.ts'
import type { Caller, Service } from './ports.ts'
import { readBody } from './request-body.ts'

/** A refusal with the service's error type. */
export class ServiceError extends Error {
  readonly type: string
  readonly status: number
  constructor(type: string, message: string, status = 400) {
    super(message)
    this.type = type
    this.status = status
  }
}

export type Operation = (input: Record<string, unknown>, caller: Caller) => unknown

/** A table of functions over a state, as the operations of a service. */
export const operationsOver = <State>(
  state: State,
  table: Readonly<
    Record<string, (state: State, input: Record<string, unknown>, caller: Caller) => unknown>
  >,
): Record<string, Operation> =>
  Object.fromEntries(
    Object.entries(table).map(([name, run]) => [
      name,
      (input, caller) => run(state, input, caller),
    ]),
  )

const MAX_REQUEST_BYTES = 8 * 2 ** 20

function parseInput(body: Buffer): Record<string, unknown> {
  let input: unknown
  try {
    input = JSON.parse(body.toString('utf8') || '{}')
  } catch (error) {
    throw new ServiceError('SerializationException', `not JSON: ${(error as Error).message}`)
  }
  if (input === null || typeof input !== 'object' || Array.isArray(input))
    throw new ServiceError('SerializationException', 'not a JSON object')
  return input as Record<string, unknown>
}

/** A service of AWS's JSON protocol ("AWS JSON 1.1 protocol", Smithy): operations by X-Amz-Target. */
export function jsonService(
  signingName: string,
  operations: Readonly<Record<string, Operation>>,
): Service {
  let requests = 0
  return {
    signingName,
    async handle(request, response, caller) {
      const reply = (status: number, body: unknown): void => {
        response.writeHead(status, {
          'content-type': 'application/x-amz-json-1.1',
          'x-amzn-requestid': uuidOf(`request ${++requests} to ${signingName}`),
        })
        response.end(JSON.stringify(body))
      }
      try {
        const target = String(request.headers['x-amz-target'] ?? '')
        const body = await readBody(request, MAX_REQUEST_BYTES)
        const name = target.split('.').at(-1)!
        if (!Object.hasOwn(operations, name))
          throw new ServiceError(
            'UnknownOperationException',
            `The local ${signingName} does not support "${target}"; it has ${Object.keys(operations).join(', ')}`,
          )
        if (!body)
          throw new ServiceError('SerializationException', `over ${MAX_REQUEST_BYTES} bytes`)
        const input = parseInput(body)
        reply(200, (await operations[name]!(input, caller)) ?? {})
      } catch (error) {
        const known = error instanceof ServiceError ? error : null
        if (!known) process.stderr.write(`local ${signingName}: ${(error as Error).stack}\n`)
        reply(known?.status ?? 500, {
          __type: known?.type ?? 'InternalFailure',
          message: (error as Error).message,
        })
      }
    },
  }
}
