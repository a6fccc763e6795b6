import { availableParallelism } from 'node:os'
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
import { type FunctionProcess, type Outcome, startFunctionProcess } from './function-process.ts'
import { planKills } from './kills.ts'
import { MAX_PAYLOAD_BYTES } from './limits.ts'
import { openLogs } from './logs.ts'

export class UnknownFunction extends Error {}
export class PayloadTooLarge extends Error {}
export class FunctionThrottled extends Error {}

export interface FunctionPoolOptions {
  declarations: readonly FunctionDeclaration[]
  /** Of the local cloud, for the functions' AWS_ENDPOINT_URL. */
  endpointUrl: string
  clock: Clock
  activity: Activity
  usage: UsageSink
  logDirectory: string
  credentials: (functionName: string) => Credentials
  /** Invocations that run at once; default: one a core. */
  maxProcesses?: number
  /** Processes that wait warm beside them; the one idle longest makes room. Default 16. */
  maxIdleProcesses?: number
}

export interface FunctionPool extends FunctionInvoker {
  /** As `invoke`, with the request's id and the last 4 KB that it printed. */
  call(
    functionName: string,
    payload: string,
    isNested?: boolean,
  ): Promise<Outcome & { requestId: string }>
  arnOf(functionName: string): string
  killDuring(stage: string, when: { afterRequests: number }): void
  /** The front says that a function asks a service. False: its process was just killed, serve nothing. */
  requestArrived(stage: string): boolean
  close(): Promise<void>
}

interface Slot {
  declaration: FunctionDeclaration
  started: Promise<FunctionProcess>
  isBusy: boolean
  /** Grows with each use; the smallest has been idle longest. */
  lastUse: number
}
interface Waiting {
  declaration: FunctionDeclaration
  requestId: string
  payload: string
  isNested: boolean
  resolve(outcome: Outcome): void
  reject(error: Error): void
}

export const functionArn = (name: string): string =>
  `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`

/**
 * Runs functions in processes of their own and keeps those warm. An invocation that finds its
 * function at its reserved concurrency, or every core taken, waits its turn in order of arrival;
 * one that a function makes is never held back, or two callers could wait for each other.
 */
export function createFunctionPool(options: FunctionPoolOptions): FunctionPool {
  const { clock, activity, usage } = options
  const maxProcesses = options.maxProcesses ?? availableParallelism()
  const maxIdleProcesses = options.maxIdleProcesses ?? 16
  const byName = new Map(options.declarations.map((each) => [each.name, each]))
  const logs = openLogs(options.logDirectory)
  const kills = planKills()
  const slots = new Set<Slot>()
  const ending = new Set<Promise<void>>()
  const invocations = new Map<string, number>()
  let waiting: Waiting[] = []
  let uses = 0
  let processes = 0
  let isClosed = false

  function find(nameOrArn: string): FunctionDeclaration {
    const name = /:function:([^:]+)/.exec(nameOrArn)?.[1] ?? nameOrArn.split(':')[0]!
    const found = byName.get(name)
    if (found) return found
    const known = [...byName.keys()].join(', ')
    throw new UnknownFunction(`no function "${name}": the templates declare ${known || 'none'}`)
  }
  const busy = (functionName?: string): number =>
    [...slots].filter(
      (slot) => slot.isBusy && (!functionName || slot.declaration.name === functionName),
    ).length

  function discard(slot: Slot): void {
    slots.delete(slot)
    const end = slot.started.then(
      (started) => {
        started.kill()
        return started.ended
      },
      () => undefined,
    )
    ending.add(end)
    end.finally(() => ending.delete(end))
  }
  function start(declaration: FunctionDeclaration): Slot {
    const started = startFunctionProcess({
      declaration,
      endpointUrl: options.endpointUrl,
      credentials: options.credentials(declaration.name),
      process: processes++,
      log: (chunk) => logs.write(declaration.stage, chunk),
    })
    const slot = { declaration, started, isBusy: false, lastUse: 0 }
    slots.add(slot)
    started.then(
      (one) => one.ended.then(() => slots.delete(slot)),
      () => slots.delete(slot),
    )
    return slot
  }
  function recycle(): void {
    const idle = [...slots].filter((slot) => !slot.isBusy)
    const longest = idle.sort((a, b) => a.lastUse - b.lastUse)[0]
    if (longest && slots.size >= maxProcesses + maxIdleProcesses) discard(longest)
  }
  /** The warmest idle process of the function, else a new one; null where the turn has not come. */
  function take({ declaration, isNested }: Waiting): Slot | null {
    const { name, concurrency } = declaration
    if (concurrency !== null && busy(name) >= concurrency) return null
    if (!isNested && busy() >= maxProcesses) return null
    const warm = [...slots].filter((slot) => !slot.isBusy && slot.declaration.name === name)
    const warmest = warm.sort((a, b) => b.lastUse - a.lastUse)[0]
    if (warmest) return warmest
    recycle()
    return start(declaration)
  }

  async function runOn(slot: Slot, work: Waiting): Promise<void> {
    const { declaration, requestId, payload } = work
    slot.isBusy = true
    slot.lastUse = ++uses
    try {
      const started = await slot.started
      const answer = await started.run({
        requestId,
        payload,
        deadlineMs: () => Date.now() + declaration.timeoutSeconds * 1000,
        functionArn: functionArn(declaration.name),
        traceId: traceIdOf(clock.now(), requestId),
        began: () => {
          if (kills.began(declaration.stage)) started.kill()
        },
      })
      if (!started.isAlive()) slots.delete(slot)
      slot.isBusy = false
      if (answer === null) {
        waiting.unshift(work)
        serveWaiting()
        return
      }
      usage.invocation(declaration.stage, answer.seconds, answer.isError)
      usage.memory(declaration.stage, answer.residentBytes)
      work.resolve(answer)
    } catch (error) {
      slots.delete(slot)
      work.reject(error as Error)
    }
    serveWaiting()
  }
  function serveWaiting(): void {
    const queue = waiting
    waiting = []
    for (const work of queue) {
      const slot = take(work)
      if (slot) void runOn(slot, work)
      else waiting.push(work)
    }
  }

  async function call(functionName: string, payload: string, isNested = false) {
    const declaration = find(functionName)
    if (isClosed) throw new Error('the function pool is closed')
    const bytes = Buffer.byteLength(payload)
    if (bytes > MAX_PAYLOAD_BYTES)
      throw new PayloadTooLarge(
        `${bytes} bytes for ${declaration.name}: a request holds at most ${MAX_PAYLOAD_BYTES} bytes`,
      )
    if (declaration.concurrency === 0)
      throw new FunctionThrottled(`${declaration.name} has a reserved concurrency of 0`)
    const n = (invocations.get(declaration.name) ?? 0) + 1
    invocations.set(declaration.name, n)
    const requestId = uuidOf(`invocation ${n} of ${declaration.name}`)
    const end = activity.begin(`function ${declaration.stage}`)
    try {
      const outcome = await new Promise<Outcome>((resolve, reject) => {
        waiting.push({ declaration, requestId, payload, isNested, resolve, reject })
        serveWaiting()
      })
      return { ...outcome, requestId }
    } finally {
      end()
    }
  }

  return {
    call,
    arnOf: (name) => functionArn(find(name).name),
    async invoke(functionName, payload) {
      const { body, isError } = await call(functionName, JSON.stringify(payload) ?? 'null')
      return { payload: JSON.parse(body) as unknown, functionError: isError ? 'Unhandled' : null }
    },
    killDuring: (stage, { afterRequests }) => kills.plan(stage, afterRequests),
    requestArrived(stage) {
      const working = [...slots].filter((slot) => slot.isBusy && slot.declaration.stage === stage)
      if (working.length === 0 || !kills.requested(stage)) return true
      for (const slot of working) void slot.started.then((started) => started.kill())
      return false
    },
    async close() {
      if (isClosed) return
      isClosed = true
      for (const work of waiting) work.reject(new Error('the function pool was closed'))
      waiting = []
      for (const slot of [...slots]) discard(slot)
      while (ending.size > 0) await Promise.all(ending)
      logs.close()
    },
  }
}

/** AWS X-Ray Developer Guide, "Tracing header": root from the world's time and the request, not sampled. */
function traceIdOf(timeMs: number, requestId: string): string {
  const seconds = Math.floor(timeMs / 1000)
    .toString(16)
    .padStart(8, '0')
  return `Root=1-${seconds}-${requestId.replaceAll('-', '').slice(0, 24)};Sampled=0`
}
