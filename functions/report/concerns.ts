import type { FailedRuns } from '../contract/summary.ts'
import { refusedGeneration } from './find-known.ts'
import { formatInstant, formatNumber } from './format.ts'

/** The sections that a concern can link to, by the ids of their headings. */
type Anchor = 'decisions' | 'lineage' | 'turned-down' | 'quarantine' | 'space' | 'graph' | 'stages'

export interface Concern {
  text: string
  anchor: Anchor
}

/** What a whole process is judged by, whatever its scenes. */
export interface ProcessContext {
  deadLetters: number
  /** Executions of state machines that failed. Absent or null: none. */
  failedRuns?: FailedRuns | null | undefined
  /** Violations of the exactly-once proof. */
  violations: readonly string[]
}

export const plural = (count: number, noun: string): string =>
  `${formatNumber(count)} ${noun}${count === 1 ? '' : 's'}`

/** The newest space or graph of a scene, if its gate held it back. */
export function checkRefused(own: unknown, what: 'space' | 'graph'): Concern[] {
  const refused = refusedGeneration(own)
  if (!refused) return []
  const { fenceMs, reason, served } = refused
  const stays = served === null ? `no ${what} is served` : 'the served one stays'
  return [
    {
      text: `the ${what} of ${formatInstant(fenceMs)} was refused and ${stays}: ${reason}`,
      anchor: what,
    },
  ]
}

/** Failures that no scene has a record of. */
export function checkProcess({ deadLetters, failedRuns, violations }: ProcessContext): Concern[] {
  const concerns: Concern[] = []
  if (failedRuns) {
    const { count, machine, startMs, error } = failedRuns
    concerns.push({
      text: `${plural(count, 'run')} failed. The first, ${machine} at ${formatInstant(startMs)}: ${error}`,
      anchor: 'stages',
    })
  }
  if (deadLetters > 0)
    concerns.push({
      text: `${plural(deadLetters, 'message')} ended in a dead-letter queue: a stage failed after all retries`,
      anchor: 'stages',
    })
  if (violations.length > 0)
    concerns.push({
      text: `the proof of exactly once has ${plural(violations.length, 'violation')}: ${violations[0]}`,
      anchor: 'lineage',
    })
  return concerns
}
