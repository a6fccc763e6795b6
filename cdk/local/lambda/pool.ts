import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { uuidOf } from '../identifiers.ts'
import {
  ACCOUNT,
  type Activity,
  type Clock,
  type FunctionDeclaration,
  type FunctionInvoker,
  REGION,
  type UsageSink,
} from '../ports.ts'
import type { Credentials } from './environment.ts'
import { type InvocationResult, startFunctionProcess } from './function-process.ts'
import { type Kills, planKills } from './kills.ts'
import { MAX_PAYLOAD_BYTES } from './limits.ts'
import { openLogs, type StageLogs } from './logs.ts'
import { createSlots, type Slots } from './slots.ts'

export class UnknownFunction extends Error {}
export class PayloadTooLarge extends Error {}
export class FunctionThrottled extends Error {}

export interface PoolOptions {
  declarations: readonly FunctionDeclaration[]
  /** Of the local cloud, for the functions' AWS_ENDPOINT_URL. */
  endpointUrl: string
  clock: Clock
  activity: Activity
  usage: UsageSink
  logDirectory: string
  /** Each process has a folder in it for its /tmp, as long as it lives. */
  temporaryDirectory: string
  /** Gets what a process printed, beside the stage's file. */
  printed?: (declaration: FunctionDeclaration, process: number, chunk: Buffer) => void
  credentials: (functionName: string) => Credentials
  /** Starts a process of a function; a real one where absent. */
  startProcess?: typeof startFunctionProcess
  /** Invocations that run at once; default: one a core. */
  maxProcesses?: number
  /** Processes that wait warm beside them; the one idle longest makes room. Default: as many as functions. */
  maxIdleProcesses?: number
}

export interface Pool extends FunctionInvoker {
  /** As `invoke`, with the request's id and the last 4 KB that it printed. */
  call(
    functionName: string,
    payload: string,
    isNested?: boolean,
  ): Promise<InvocationResult & { requestId: string }>
  list(): readonly FunctionDeclaration[]
  /** By name or ARN. Throws UnknownFunction. */
  find(nameOrArn: string): FunctionDeclaration
  /**
   * Kills the process of the stage's next invocation that makes `afterRequests` requests, before
   * the request after them is served; with 0, as soon as the process has its event.
   */
  killDuring(stage: string, when: { afterRequests: number }): void
  /** The front says that a function asks a service. False: its process was just killed, serve nothing. */
  requestArrived(stage: string): boolean
  /** Code, configuration and environment of these functions from their next invocation on. */
  redeploy(declarations: readonly FunctionDeclaration[]): void
  /** Kills every process and waits until they are gone. What runs or waits is answered by an error. */
  close(): Promise<void>
}

interface Waiting {
  declaration: FunctionDeclaration
  requestId: string
  payload: string
  isNested: boolean
  resolve(outcome: InvocationResult): void
  reject(error: Error): void
}
interface PoolState {
  options: PoolOptions
  maxProcesses: number
  byName: Map<string, FunctionDeclaration>
  kills: Kills
  /** How often each function was called. */
  invocations: Map<string, number>
  /** In order of arrival. */
  waiting: Waiting[]
  slots: Slots
  isClosed: boolean
}

export const functionArn = (name: string): string =>
  `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`

/** AWS X-Ray Developer Guide, "Tracing header": root from the world's time and the request, not sampled. */
function traceIdOf(timeMs: number, requestId: string): string {
  const seconds = Math.floor(timeMs / 1000)
    .toString(16)
    .padStart(8, '0')
  return `Root=1-${seconds}-${requestId.replaceAll('-', '').slice(0, 24)};Sampled=0`
}

function find({ byName }: PoolState, nameOrArn: string): FunctionDeclaration {
  const name = /:function:([^:]+)/.exec(nameOrArn)?.[1] ?? nameOrArn.split(':')[0]!
  const found = byName.get(name)
  if (found) return found
  const known = [...byName.keys()].join(', ')
  throw new UnknownFunction(`no function "${name}": the templates declare ${known || 'none'}`)
}

function hasTurn({ slots, maxProcesses }: PoolState, work: Waiting): boolean {
  const { name, concurrency } = work.declaration
  return (
    (concurrency === null || slots.busy(name) < concurrency) &&
    (work.isNested || slots.busy() < maxProcesses)
  )
}

/** Runs an invocation in a process that is free or new, and then those that waited for it. */
async function run(pool: PoolState, work: Waiting): Promise<void> {
  const { slots, kills } = pool
  const { clock, usage } = pool.options
  const { declaration, requestId, payload } = work
  const { stage, name, timeoutSeconds } = declaration
  const slot = slots.take(declaration)
  try {
    const started = await slot.started
    const outcome = await started.run({
      requestId,
      payload,
      deadlineMs: () => Date.now() + timeoutSeconds * 1000,
      functionArn: functionArn(name),
      traceId: traceIdOf(clock.now(), requestId),
      began: () => {
        if (kills.began(stage)) started.kill()
      },
    })
    slots.release(slot, started.isAlive())
    if (outcome) {
      usage.invocation(stage, outcome.seconds, outcome.isError)
      usage.memory(stage, outcome.residentBytes)
      work.resolve(outcome)
    } else if (pool.isClosed) work.reject(new Error('the function pool was closed'))
    else pool.waiting.unshift(work)
  } catch (error) {
    slots.release(slot, false)
    work.reject(error as Error)
  }
  serveWaiting(pool)
}

function serveWaiting(pool: PoolState): void {
  const queue = pool.waiting
  pool.waiting = []
  for (const work of queue)
    if (hasTurn(pool, work)) void run(pool, work)
    else pool.waiting.push(work)
}

async function call(pool: PoolState, functionName: string, payload: string, isNested = false) {
  const { invocations, options } = pool
  const declaration = find(pool, functionName)
  const { name, stage, concurrency } = declaration
  if (pool.isClosed) throw new Error('the function pool is closed')
  const bytes = Buffer.byteLength(payload)
  if (bytes > MAX_PAYLOAD_BYTES)
    throw new PayloadTooLarge(
      `${bytes} bytes for ${name}: a request holds at most ${MAX_PAYLOAD_BYTES} bytes`,
    )
  if (concurrency === 0) throw new FunctionThrottled(`${name} has a reserved concurrency of 0`)
  const n = (invocations.get(name) ?? 0) + 1
  invocations.set(name, n)
  const requestId = uuidOf(`invocation ${n} of ${name}`)
  const end = options.activity.begin(`function ${stage}`)
  try {
    const outcome = await new Promise<InvocationResult>((resolve, reject) => {
      pool.waiting.push({ declaration, requestId, payload, isNested, resolve, reject })
      serveWaiting(pool)
    })
    return { ...outcome, requestId }
  } finally {
    end()
  }
}

/** False where the process that asks was just killed: nothing of its request happens. */
function requestArrived({ slots, kills }: PoolState, stage: string): boolean {
  const working = slots.working(stage)
  if (working.length === 0) return true
  // Between the signal and its end a process can still ask.
  if (working.every(({ isKilled }) => isKilled)) return false
  if (!kills.requested(stage)) return true
  for (const slot of working) {
    slot.isKilled = true
    void slot.started.then((started) => started.kill())
  }
  return false
}

/** The processes of a pool, each with a log stream and a folder of its own. */
function openSlots(options: PoolOptions, maxProcesses: number, logs: StageLogs): Slots {
  const { startProcess = startFunctionProcess } = options
  let processes = 0
  return createSlots(
    (declaration) => {
      const process = processes++
      return startProcess({
        declaration,
        endpointUrl: options.endpointUrl,
        credentials: options.credentials(declaration.name),
        process,
        temporaryDirectory: join(options.temporaryDirectory, String(process)),
        log(chunk) {
          logs.write(declaration.stage, chunk)
          options.printed?.(declaration, process, chunk)
        },
      })
    },
    maxProcesses + (options.maxIdleProcesses ?? options.declarations.length),
  )
}

/**
 * Runs functions in processes of their own and keeps those warm. An invocation that finds its
 * function at its reserved concurrency, or every core taken, waits its turn in order of arrival;
 * one that a function makes is never held back, or two callers could wait for each other.
 */
export function createPool(options: PoolOptions): Pool {
  const maxProcesses = options.maxProcesses ?? availableParallelism()
  const logs = openLogs(options.logDirectory)
  const pool: PoolState = {
    options,
    maxProcesses,
    byName: new Map(options.declarations.map((each) => [each.name, each])),
    kills: planKills(),
    invocations: new Map(),
    waiting: [],
    slots: openSlots(options, maxProcesses, logs),
    isClosed: false,
  }
  return {
    call: (functionName, payload, isNested) => call(pool, functionName, payload, isNested),
    list: () => [...pool.byName.values()],
    find: (nameOrArn) => find(pool, nameOrArn),
    async invoke(functionName, payload) {
      const { body, isError } = await call(pool, functionName, JSON.stringify(payload) ?? 'null')
      return { payload: JSON.parse(body) as unknown, functionError: isError ? 'Unhandled' : null }
    },
    killDuring: (stage, { afterRequests }) => pool.kills.plan(stage, afterRequests),
    requestArrived: (stage) => requestArrived(pool, stage),
    redeploy(declarations) {
      for (const declaration of declarations) pool.byName.set(declaration.name, declaration)
    },
    async close() {
      if (pool.isClosed) return
      pool.isClosed = true
      for (const work of pool.waiting) work.reject(new Error('the function pool was closed'))
      pool.waiting = []
      await pool.slots.close()
      logs.close()
    },
  }
}
