import type { Cloud } from '../../local/cloud.ts'
import { nameInArn } from '../../local/identifiers.ts'
import { deadLetterArnsOf } from '../../local/template/declarations.ts'

/** Status that needs no read of the stores, sent every second. Times are epoch milliseconds, virtual. */
export interface Status {
  scene: string
  nowMs: number
  speed: number
  underWay: string[]
  deadLetters: number
  stages: {
    stage: string
    invocations: number
    failures: number
    seconds: number
    peakMemoryMiB: number
  }[]
  queues: {
    name: string
    visible: number
    inFlight: number
    delayed: number
    isDeadLetter: boolean
  }[]
  executions: {
    machine: string
    name: string
    status: string
    startMs: number
    stopMs: number | null
    error: string | null
  }[]
  jobs: { name: string; status: string; createdMs: number; endedMs: number | null }[]
}

const SHOWN = 12
/** Removes the stack's name and the eight hex digits at the end of a logical id. */
const readable = (name: string): string =>
  name.replace(/^Quartermaster(Pipeline|Store)-/, '').replace(/[0-9A-F]{8}$/, '')

/** Reads the status. Growing lists have the newest entry first. */
export function readStatus(cloud: Cloud, scene: string, speed: number): Status {
  const deadLetterArns = new Set([
    ...deadLetterArnsOf(cloud.declarations),
    ...cloud.queues.list().map(({ declaration }) => declaration.redrive?.deadLetterArn ?? null),
  ])
  return {
    scene,
    nowMs: cloud.clock.now(),
    speed,
    underWay: cloud.underWay(),
    deadLetters: cloud.deadLetters(),
    stages: Object.entries(cloud.usage.stages())
      .filter(([stage]) => stage !== 'operator')
      .map(([stage, { invocations, failures, seconds, peakMemoryMiB }]) => ({
        stage,
        invocations,
        failures,
        seconds,
        peakMemoryMiB,
      })),
    queues: cloud.queues.list().map((queue) => {
      const { visible, hidden, delayed } = queue.counts()
      const { name, arn } = queue.declaration
      const isDeadLetter = deadLetterArns.has(arn)
      return { name: readable(name), visible, inFlight: hidden, delayed, isDeadLetter }
    }),
    executions: cloud
      .executions()
      .slice(-SHOWN)
      .reverse()
      .map(({ stateMachineArn, name, status, startMs, stopMs, error }) => ({
        machine: readable(nameInArn(stateMachineArn)),
        name,
        status,
        startMs,
        stopMs,
        error,
      })),
    jobs: cloud
      .jobs()
      .slice(-SHOWN)
      .reverse()
      .map(({ request, status, createdMs, endedMs }) => ({
        name: request.TrainingJobName,
        status,
        createdMs,
        endedMs,
      })),
  }
}
