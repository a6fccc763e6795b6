import type { FailedRuns, RunTimes } from '../../../functions/contract/summary.ts'
import { TIERS, type Tier } from '../../../functions/contract/training.ts'
import { quantileOfSorted } from '../../../functions/math/quantile.ts'
import type { Execution } from '../../local/step-functions.ts'

type Timed = Pick<Execution, 'input' | 'output' | 'startedSeconds' | 'stoppedSeconds'>

/** Fields of the inputs and outputs: a run's request, what it started, a release, a job's event. */
interface Words {
  tier?: Tier
  jobName?: string | null
  sequence?: number | null
  detail?: { TrainingJobName: string }
}
const read = (text: string | null): Words => (text === null ? {} : (JSON.parse(text) ?? {}))

/**
 * Real seconds from a schedule's firing to the flip, by tier: closing, samples, training, gates and
 * release. A run with a training job ends with the judgement of the job, including the regrown chain.
 * Runs without a flip are left out. Pure.
 */
export function measureRuns(executions: readonly Timed[]): RunTimes[] {
  const seconds = new Map<Tier, number[]>()
  const judgements = new Map(
    executions.flatMap((execution) => {
      const { detail } = read(execution.input)
      return detail ? [[detail.TrainingJobName, execution] as const] : []
    }),
  )
  for (const run of executions) {
    const { tier } = read(run.input)
    if (tier === undefined) continue
    const started = read(run.output)
    const last = started.jobName ? judgements.get(started.jobName) : run
    if (!last || last.stoppedSeconds === null || read(last.output).sequence == null) continue
    // A daily without a parent trains a full, so the started tier counts.
    const trained = started.jobName ? (started.tier ?? tier) : tier
    const durations = seconds.get(trained) ?? []
    seconds.set(trained, durations)
    durations.push(last.stoppedSeconds - run.startedSeconds)
  }
  return TIERS.flatMap((tier) => {
    const sorted = seconds.get(tier)?.sort((a, b) => a - b)
    if (!sorted) return []
    return [
      {
        tier,
        count: sorted.length,
        medianSeconds: quantileOfSorted(sorted, 0.5),
        maxSeconds: sorted.at(-1)!,
      },
    ]
  })
}

type Ended = Pick<Execution, 'stateMachineArn' | 'status' | 'startMs' | 'error' | 'cause'>

/** Executions that failed or ran too long. Null if there is none. Pure. */
export function findFailed(executions: readonly Ended[]): FailedRuns | null {
  const failed = executions.filter(({ status }) => status === 'FAILED' || status === 'TIMED_OUT')
  const [first] = failed
  if (!first) return null
  const { stateMachineArn, startMs, error, cause } = first
  return {
    count: failed.length,
    machine: stateMachineArn.split(':').at(-1)!,
    startMs,
    error: [error, cause].filter((text) => text !== null && text !== '').join(': '),
  }
}
