import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import type { FunctionDeclaration } from '../ports.ts'
import type { Credentials } from './environment.ts'
import { functionEnvironment } from './environment.ts'
import { exited, timedOut } from './faults.ts'
import { INIT_SECONDS, LOG_TAIL_BYTES, oldSpaceMiB } from './limits.ts'
import {
  type Invocation,
  openRuntimeApi,
  type Reply,
  type RuntimeApi,
  type RuntimeListener,
} from './runtime-api.ts'
import { type Watch, watchProcess } from './watch.ts'

const BOOTSTRAP = join(import.meta.dirname, 'bootstrap.mjs')

export interface InvocationResult {
  /** JSON. */
  body: string
  isError: boolean
  /** Of the handler alone: from handing over to the answer. */
  seconds: number
  /** Peak of the process so far, bytes. */
  residentBytes: number
  logTail: Buffer
}

export interface FunctionProcess {
  /**
   * One invocation at a time. Answers once the process replied or, when it dies, has ended; null
   * when a process that had worked before ended without taking it: another can have it.
   */
  run(invocation: Invocation): Promise<InvocationResult | null>
  kill(): void
  isAlive(): boolean
  /** Resolves when the process has ended and its port is closed. */
  readonly ended: Promise<void>
}

export interface ProcessOptions {
  declaration: FunctionDeclaration
  endpointUrl: string
  credentials: Credentials
  /** Number of this process in the pool; names its log stream. */
  process: number
  /** What stands for its /tmp: made for it, removed with it. */
  temporaryDirectory: string
  log(chunk: Buffer): void
}

type Answer = Pick<Reply, 'body' | 'isError'>
interface Current {
  invocation: Invocation
  startedMs: number
  isTaken: boolean
  settle(answer: Answer | null): void
}
type Child = ChildProcessByStdio<null, Readable, Readable>

function spawnRuntime(options: ProcessOptions, runtimeApi: string): Child {
  const { endpointUrl, credentials, process: number, temporaryDirectory } = options
  const directory = resolve(options.declaration.directory)
  const declaration = { ...options.declaration, directory }
  // A function that bounds its own heap is not overruled: the command line would win.
  const isBounded = declaration.environment['NODE_OPTIONS']?.includes('--max-old-space-size')
  const heap = isBounded ? [] : [`--max-old-space-size=${oldSpaceMiB(declaration.memoryMiB)}`]
  return spawn(process.execPath, [...heap, BOOTSTRAP], {
    cwd: directory,
    env: functionEnvironment(declaration, {
      endpointUrl,
      runtimeApi,
      credentials,
      process: number,
      temporaryDirectory,
    }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

interface ProcessState {
  options: ProcessOptions
  child: Child
  watch: Watch
  current: Current | null
  lastWords: Answer | null
  isReady: boolean
  end: { code: number | null; signal: string | null } | null
  tail: Buffer
}

function settle(state: ProcessState, answer: Answer | null): void {
  state.watch.rest()
  const settled = state.current
  state.current = null
  settled?.settle(answer)
}

function settleEnded(state: ProcessState): void {
  const { current, end, watch, isReady, lastWords } = state
  if (!current || !end) return
  const { requestId } = current.invocation
  const fault = watch.isTimedOut()
    ? timedOut(requestId, state.options.declaration.timeoutSeconds)
    : exited(requestId, end.code, end.signal)
  const isNobodysFault = isReady && !current.isTaken
  settle(
    state,
    isNobodysFault ? null : (lastWords ?? { body: JSON.stringify(fault), isError: true }),
  )
}

/** What the process's requests to its runtime API change; it makes none before it is started. */
const listenFor = (stateOf: () => ProcessState): RuntimeListener => ({
  asked() {
    const state = stateOf()
    state.isReady = true
    if (!state.current) state.watch.rest()
  },
  taken() {
    const { current, watch, options } = stateOf()
    current!.startedMs = performance.now()
    current!.isTaken = true
    current!.invocation.began()
    watch.limitTime(options.declaration.timeoutSeconds)
    watch.watchMemory()
  },
  replied(requestId, reply) {
    const state = stateOf()
    if (reply.isLast) state.lastWords = reply
    if (reply.isLast || state.current?.invocation.requestId !== requestId) return
    // What the handler printed lies in the pipe already; one turn reads it.
    if (state.watch.isOverMemory(reply.residentBytes)) state.child.kill('SIGKILL')
    else setImmediate(settle, state, { body: reply.body, isError: reply.isError })
  },
})

/** Resolves when the process has ended, and its invocation is answered. */
function awaitEnd(state: ProcessState, api: RuntimeApi): Promise<void> {
  const { child, watch, options } = state
  return new Promise<void>((settled) => {
    function endWith(code: number | null, signal: string | null): void {
      if (state.end) return
      state.end = { code, signal }
      watch.rest()
      api.close()
      rmSync(options.temporaryDirectory, { recursive: true, force: true })
      settleEnded(state)
      settled()
    }
    child.once('close', endWith)
    child.once('error', ({ message }) => {
      const fault = { errorType: 'Runtime.InvalidEntrypoint', errorMessage: message }
      state.lastWords = { body: JSON.stringify(fault), isError: true }
      endWith(null, null)
    })
  })
}

function runOne(
  state: ProcessState,
  api: RuntimeApi,
  invocation: Invocation,
): Promise<InvocationResult | null> {
  return new Promise((resolve) => {
    state.tail = Buffer.alloc(0)
    state.current = {
      invocation,
      startedMs: performance.now(),
      isTaken: false,
      settle(answer) {
        const seconds = (performance.now() - this.startedMs) / 1000
        const residentBytes = state.watch.residentBytes()
        resolve(answer && { ...answer, seconds, residentBytes, logTail: state.tail })
      },
    }
    if (state.end) settleEnded(state)
    else api.hand(invocation)
  })
}

/**
 * One process of a function behind the Lambda runtime API, killed by SIGKILL when it exceeds the
 * declared time or memory: `watch.ts` says how. V8's old space gets nine tenths of the memory.
 */
export async function startFunctionProcess(options: ProcessOptions): Promise<FunctionProcess> {
  const { timeoutSeconds, memoryMiB } = options.declaration
  const api = await openRuntimeApi(listenFor(() => state))
  mkdirSync(options.temporaryDirectory, { recursive: true })
  const child = spawnRuntime(options, api.address)
  const state: ProcessState = {
    options,
    child,
    watch: watchProcess(child, memoryMiB),
    current: null,
    lastWords: null,
    isReady: false,
    end: null,
    tail: Buffer.alloc(0),
  }
  state.watch.limitTime(Math.max(INIT_SECONDS, timeoutSeconds))
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      options.log(chunk)
      state.tail = Buffer.concat([state.tail, chunk]).subarray(-LOG_TAIL_BYTES)
    })
  const ended = awaitEnd(state, api)
  return {
    run: (invocation) => runOne(state, api, invocation),
    kill: () => void child.kill('SIGKILL'),
    isAlive: () => state.end === null,
    ended,
  }
}
