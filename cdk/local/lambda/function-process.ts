import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import type { FunctionDeclaration } from '../ports.ts'
import type { Credentials } from './environment.ts'
import { functionEnvironment } from './environment.ts'
import { exited, timedOut } from './faults.ts'
import { INIT_SECONDS, LOG_TAIL_BYTES, oldSpaceMiB } from './limits.ts'
import { type Invocation, openRuntimeApi, type Reply } from './runtime-api.ts'
import { watchProcess } from './watch.ts'

const BOOTSTRAP = join(import.meta.dirname, 'bootstrap.mjs')

export interface Outcome {
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
  run(invocation: Invocation): Promise<Outcome | null>
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

/**
 * One process of a function behind the Lambda runtime API, killed by SIGKILL when it exceeds the
 * declared time or memory: `watch.ts` says how. V8's old space gets nine tenths of the memory.
 */
export async function startFunctionProcess(options: ProcessOptions): Promise<FunctionProcess> {
  const { timeoutSeconds, memoryMiB } = options.declaration
  let current: Current | null = null
  let lastWords: Answer | null = null
  let isReady = false
  let end: { code: number | null; signal: string | null } | null = null
  let tail = Buffer.alloc(0)

  function settle(answer: Answer | null): void {
    watch.rest()
    const settled = current
    current = null
    settled?.settle(answer)
  }
  const api = await openRuntimeApi({
    asked() {
      isReady = true
      if (!current) watch.rest()
    },
    taken() {
      current!.startedMs = performance.now()
      current!.isTaken = true
      current!.invocation.began()
      watch.limitTime(timeoutSeconds)
      watch.watchMemory()
    },
    replied(requestId, reply) {
      if (reply.isLast) lastWords = reply
      if (reply.isLast || current?.invocation.requestId !== requestId) return
      // What the handler printed lies in the pipe already; one turn reads it.
      if (watch.isOverMemory(reply.residentBytes)) child.kill('SIGKILL')
      else setImmediate(settle, { body: reply.body, isError: reply.isError })
    },
  })
  mkdirSync(options.temporaryDirectory, { recursive: true })
  const child = spawnRuntime(options, api.address)
  const watch = watchProcess(child, memoryMiB)
  watch.limitTime(Math.max(INIT_SECONDS, timeoutSeconds))
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      options.log(chunk)
      tail = Buffer.concat([tail, chunk]).subarray(-LOG_TAIL_BYTES)
    })

  function settleEnded(): void {
    if (!current || !end) return
    const { requestId } = current.invocation
    const fault = watch.isTimedOut()
      ? timedOut(requestId, timeoutSeconds)
      : exited(requestId, end.code, end.signal)
    const isNobodysFault = isReady && !current.isTaken
    settle(isNobodysFault ? null : (lastWords ?? { body: JSON.stringify(fault), isError: true }))
  }
  const ended = new Promise<void>((settled) => {
    function endWith(code: number | null, signal: string | null): void {
      if (end) return
      end = { code, signal }
      watch.rest()
      api.close()
      rmSync(options.temporaryDirectory, { recursive: true, force: true })
      settleEnded()
      settled()
    }
    child.once('close', endWith)
    child.once('error', ({ message }) => {
      const fault = { errorType: 'Runtime.InvalidEntrypoint', errorMessage: message }
      lastWords = { body: JSON.stringify(fault), isError: true }
      endWith(null, null)
    })
  })

  return {
    run: (invocation) =>
      new Promise((resolve) => {
        tail = Buffer.alloc(0)
        current = {
          invocation,
          startedMs: performance.now(),
          isTaken: false,
          settle(answer) {
            const seconds = (performance.now() - this.startedMs) / 1000
            const residentBytes = watch.residentBytes()
            resolve(answer && { ...answer, seconds, residentBytes, logTail: tail })
          },
        }
        if (end) settleEnded()
        else api.hand(invocation)
      }),
    kill: () => void child.kill('SIGKILL'),
    isAlive: () => end === null,
    ended,
  }
}
