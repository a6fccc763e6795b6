import type { Summary } from '../contract/summary.ts'

/** The results of a run, without figures of the machine that ran it. */
export type Findings = Omit<
  Summary,
  | 'exactlyOnce'
  | 'poison'
  | 'runs'
  | 'stages'
  | 'deadLetters'
  | 'landing'
  | 'totalSeconds'
  | 'formatVersion'
>

export type Version = Findings['versions'][number]
export type Decision = Findings['releases'][number]
