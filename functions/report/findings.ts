import type { Summary } from '../contract/summary.ts'

/** What a run left behind, without the machine that ran it. */
export type Findings = Omit<
  Summary,
  'exactlyOnce' | 'poison' | 'runs' | 'stages' | 'deadLetters' | 'totalSeconds' | 'formatVersion'
>
