import type { RunTimes } from '../../../functions/contract/summary.ts'
import { TIERS, type Tier } from '../../../functions/contract/training.ts'
import { quantileOfSorted } from '../../../functions/math/quantile.ts'
import type { Execution } from '../../local/step-functions.ts'

type Timed = Pick<Execution, 'input' | 'output' | 'startedSeconds' | 'stoppedSeconds'>

/** What is read of inputs and outputs: a run's request, what it started, a release, a job's event. */
interface Words {
  tier?: Tier
  jobName?: string | null
  sequence?: number | null
  detail?: { TrainingJobName: string }
}
const read = (text: string | null): Words => (text === null ? {} : (JSON.parse(text) ?? {}))

/**
 * Real seconds from a schedule's firing to the flip, by tier: closing, samples, training, gates and
 * release. A run whose training is a job of its own ends with the judgement of that job, the chain
 * regrown on it included. Runs that flipped to nothing are left out. Pure.
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
    // A daily without a parent trains a full: what it started says what it was.
    const trained = started.jobName ? (started.tier ?? tier) : tier
    const of = seconds.get(trained) ?? []
    seconds.set(trained, of)
    of.push(last.stoppedSeconds - run.startedSeconds)
  }
  return TIERS.flatMap((tier) => {
    const of = seconds.get(tier)?.sort((a, b) => a - b)
    if (!of) return []
    return [
      { tier, count: of.length, medianSeconds: quantileOfSorted(of, 0.5), maxSeconds: of.at(-1)! },
    ]
  })
}
