import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import type { FunctionDeclaration } from '../ports.ts'
import type { Credentials } from './environment.ts'
import { functionEnvironment } from './environment.ts'
import { exited, timedOut } from './faults.ts'
import { INIT_SECONDS, LOG_TAIL_BYTES } from './limits.ts'
import { oldSpaceMiB, peakResidentBytes } from './memory.ts'
import { type Invocation, openRuntimeApi, type Reply } from './runtime-api.ts'

const BOOTSTRAP = join(import.meta.dirname, 'bootstrap.mjs')
const MEMORY_WATCH_MS = 20

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
  log(chunk: Buffer): void
}

interface Current {
  invocation: Invocation
  startedMs: number
  isTaken: boolean
  settle(reply: Pick<Reply, 'body' | 'isError'> | null): void
}

/**
 * One process of a function behind the Lambda runtime API. Time: SIGKILL when `timeoutSeconds`
 * have passed since the invocation was handed over. Memory: V8's old space gets nine tenths of
 * `memoryMiB`; the kernel's peak resident set is read every 20 ms while the handler runs and once
 * more before its answer counts, and above `memoryMiB` the process is killed. Where there is no
 * /proc the process reports its peak with the answer.
 */
export async function startFunctionProcess(options: ProcessOptions): Promise<FunctionProcess> {
  const { declaration } = options
  const directory = resolve(declaration.directory)
  const limitBytes = declaration.memoryMiB * 1024 * 1024
  let current: Current | null = null
  let lastWords: Reply | null = null
  let isReady = false
  let residentBytes = 0
  let tail = Buffer.alloc(0)
  let timeout: NodeJS.Timeout | undefined
  let watch: NodeJS.Timeout | undefined

  const isOverLimit = (): boolean => {
    residentBytes = Math.max(residentBytes, peakResidentBytes(child.pid!) ?? 0)
    return residentBytes > limitBytes
  }
  function settle(reply: Pick<Reply, 'body' | 'isError'> | null): void {
    clearTimeout(timeout)
    clearInterval(watch)
    const settled = current
    current = null
    settled?.settle(reply)
  }
  const limitTime = (seconds: number): void => {
    clearTimeout(timeout)
    timeout = setTimeout(() => {
      isTimedOut = true
      child.kill('SIGKILL')
    }, seconds * 1000)
  }
  let isTimedOut = false

  const api = await openRuntimeApi({
    asked() {
      isReady = true
      if (!current) clearTimeout(timeout)
    },
    taken() {
      current!.startedMs = performance.now()
      current!.isTaken = true
      current!.invocation.began()
      limitTime(declaration.timeoutSeconds)
      watch = setInterval(() => {
        if (isOverLimit()) child.kill('SIGKILL')
      }, MEMORY_WATCH_MS)
    },
    replied(requestId, reply) {
      if (reply.isLast) lastWords = reply
      if (reply.isLast || current?.invocation.requestId !== requestId) return
      residentBytes = Math.max(residentBytes, reply.residentBytes ?? 0)
      // What the handler printed lies in the pipe already; one turn reads it.
      if (isOverLimit()) child.kill('SIGKILL')
      else setImmediate(settle, { body: reply.body, isError: reply.isError })
    },
  })
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${oldSpaceMiB(declaration.memoryMiB)}`, BOOTSTRAP],
    {
      cwd: directory,
      env: functionEnvironment(
        { ...declaration, directory },
        {
          endpointUrl: options.endpointUrl,
          runtimeApi: api.address,
          credentials: options.credentials,
          process: options.process,
        },
      ),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  limitTime(Math.max(INIT_SECONDS, declaration.timeoutSeconds))
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      options.log(chunk)
      tail = Buffer.concat([tail, chunk]).subarray(-LOG_TAIL_BYTES)
    })

  function settleEnded(code: number | null, signal: string | null): void {
    if (!current) return
    const { requestId } = current.invocation
    if (isReady && !current.isTaken) {
      settle(null)
      return
    }
    const fault = isTimedOut
      ? timedOut(requestId, declaration.timeoutSeconds)
      : exited(requestId, code, signal)
    settle({ body: lastWords?.body ?? JSON.stringify(fault), isError: true })
  }
  let isEnded = false
  let how: { code: number | null; signal: string | null } = { code: null, signal: null }
  const ended = new Promise<void>((resolve) => {
    function end(code: number | null, signal: string | null): void {
      if (isEnded) return
      isEnded = true
      how = { code, signal }
      clearTimeout(timeout)
      clearInterval(watch)
      api.close()
      settleEnded(code, signal)
      resolve()
    }
    child.once('close', end)
    child.once('error', (error) => {
      options.log(Buffer.from(`${error.message}\n`))
      end(1, null)
    })
  })

  return {
    run: (invocation) =>
      new Promise((answer) => {
        tail = Buffer.alloc(0)
        const startedMs = performance.now()
        current = {
          invocation,
          startedMs,
          isTaken: false,
          settle(reply) {
            const seconds = (performance.now() - this.startedMs) / 1000
            answer(reply && { ...reply, seconds, residentBytes, logTail: tail })
          },
        }
        if (isEnded) settleEnded(how.code, how.signal)
        else api.hand(invocation)
      }),
    kill: () => void child.kill('SIGKILL'),
    isAlive: () => !isEnded,
    ended,
  }
}
