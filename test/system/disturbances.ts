import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import type { Cloud } from '../../cdk/local/cloud.ts'
import { seededUniform } from '../../functions/math/random.ts'
import type { Fault } from '../local/faulty-proxy.ts'
import type { Step } from './few-days.ts'

/** What has happened so far, to know afterwards that enough did. */
export interface Happened {
  faults: Record<Fault['kind'], number>
  kills: number
  killedJobs: number
  repeated: number
}
export const nothingHappened = (): Happened => ({
  faults: {
    ...{ error: 0, throttle: 0, 'lost answer': 0, cut: 0, stall: 0, short: 0 },
    ...{ unprocessed: 0, flip: 0, gone: 0 },
  },
  kills: 0,
  killedJobs: 0,
  repeated: 0,
})

/** One request in fifty, of every service alike. */
const FAULTY_SHARE = 0.02
/** Events and runs that come twice. */
const REPEATED_SHARE = 0.2
const KILLED_DROPS_SHARE = 0.3
const STAGES = [
  ...['plan', 'close', 'states', 'fold', 'advance', 'samples'],
  ...['start', 'increment', 'evaluate', 'release'],
] as const
/** Stages that a drop starts. */
const DROP_STAGES = ['intake', 'near-line'] as const
/** A stage is killed before one of its first requests: the first means before it has asked for anything. */
const MOST_REQUESTS = 9

export interface Disturbances {
  faultOf(request: IncomingMessage): Fault | null
  before(cloud: Cloud, step: Step): void
  timesOf(): number
  /** From now on, until the answer is called, one training job at most is killed as it runs. */
  watchJobs(): () => void
}

/** Faults, kills and repetitions by a seed. */
export function disturb(seed: number, happened: Happened): Disturbances {
  const uniform = seededUniform(seed)
  const pick = <T>(among: readonly T[]): T => among[Math.floor(uniform() * among.length)]!

  function faultOf({ method, headers }: IncomingMessage): Fault | null {
    if (uniform() >= FAULTY_SHARE) return null
    const isBatch = String(headers['x-amz-target']).endsWith('.BatchWriteItem')
    const kinds: Fault[] = [
      ...([{ kind: 'error' }, { kind: 'throttle' }] as const),
      method === 'GET'
        ? { kind: 'cut', afterBytes: Math.floor(uniform() * 400) }
        : { kind: isBatch ? 'unprocessed' : 'lost answer' },
    ]
    const fault = pick(kinds)
    happened.faults[fault.kind]++
    return fault
  }
  function timesOf(): number {
    if (uniform() >= REPEATED_SHARE) return 1
    happened.repeated++
    return 2
  }
  function kill(cloud: Cloud, stage: string): void {
    happened.kills++
    cloud.functions.killDuring(stage, { afterRequests: Math.floor(uniform() * MOST_REQUESTS) })
  }
  return {
    faultOf,
    timesOf,
    before(cloud, step) {
      if ('tier' in step) kill(cloud, pick(STAGES))
      else if (uniform() < KILLED_DROPS_SHARE) kill(cloud, pick(DROP_STAGES))
    },
    watchJobs: () => killNextJob(uniform() * 200, happened),
  }
}

const childrenOf = (pid: number): string[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean)

/** Kills the next container that starts, so many milliseconds later. Linux only. */
export function killNextJob(afterMs: number, happened: Happened): () => void {
  const seen = new Set<string>()
  const isContainer = (pid: string): boolean =>
    !readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('bootstrap.mjs')
  const look = (): void => {
    for (const pid of childrenOf(process.pid)) {
      if (seen.has(pid)) continue
      seen.add(pid)
      try {
        if (!isContainer(pid)) continue
      } catch {
        continue
      }
      stop()
      setTimeout(() => {
        try {
          process.kill(Number(pid), 'SIGKILL')
          happened.killedJobs++
        } catch {
          // It was faster.
        }
      }, afterMs)
      return
    }
  }
  for (const pid of childrenOf(process.pid)) seen.add(pid)
  const watch = setInterval(look, 10)
  const stop = (): void => clearInterval(watch)
  return stop
}
