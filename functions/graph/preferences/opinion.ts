import type { ShownAnswer } from './answers.ts'

/** What an outcome says about an answer. Above 0: in favour of it. */
export interface OutcomeWeight {
  weight: number
  /** Counts only with at least this value: for `dwell`, seconds. */
  minValue?: number
}
export type OutcomeWeights = Readonly<Record<string, OutcomeWeight>>

/** A thumb is an opinion; what a person does is a sign of one. Two signs are worth one thumb. */
export const OUTCOME_WEIGHTS: OutcomeWeights = {
  'thumbs-up': { weight: 2 },
  'thumbs-down': { weight: -2 },
  copy: { weight: 1 },
  regenerate: { weight: -1 },
  dwell: { weight: 0.5, minValue: 30 },
}

/** The sum of weights; each outcome counts once. Of thumbs up and down the last one holds, by time. */
export function opinionOf({ outcomes }: ShownAnswer, weights: OutcomeWeights): number {
  const thumbs = outcomes.filter(({ name }) => name.startsWith('thumbs-'))
  const lastThumb = thumbs.reduce<(typeof thumbs)[number] | null>(
    (last, one) => (last === null || one.timeMs >= last.timeMs ? one : last),
    null,
  )
  const names = new Set(
    outcomes
      .filter((one) => !one.name.startsWith('thumbs-') || one.name === lastThumb?.name)
      .filter(({ name, value }) => {
        const least = weights[name]?.minValue
        return least === undefined || (value !== null && value >= least)
      })
      .map(({ name }) => name),
  )
  return [...names].sort().reduce((sum, name) => sum + (weights[name]?.weight ?? 0), 0)
}
