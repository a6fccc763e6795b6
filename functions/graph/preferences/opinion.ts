import type { PreferencesDefinition } from '../../contract/preferences.ts'
import type { AnswerOutcome, ShownAnswer } from './answers.ts'

export type Opinions = PreferencesDefinition['opinions']

const isThumb = ({ name }: { name: string }): boolean => name.startsWith('thumbs_')

/** Whether its value is large enough to say anything. */
function doesCount({ name, value }: AnswerOutcome, opinions: Opinions): boolean {
  const least = opinions[name]?.minValue
  return least === undefined || (value !== null && value >= least)
}

/** The chunks that outcomes in favour name. */
export const helpfulChunks = (
  { outcomes }: Pick<ShownAnswer, 'outcomes'>,
  opinions: Opinions,
): Set<string> =>
  new Set(
    outcomes
      .filter((one) => (opinions[one.name]?.weight ?? 0) > 0 && doesCount(one, opinions))
      .map(({ chunk }) => chunk),
  )

/**
 * The sum of what its outcomes say; each name counts once, however many chunks it names. Of thumbs up and down the last
 * one holds, by time.
 */
export function opinionOf({ outcomes }: Pick<ShownAnswer, 'outcomes'>, opinions: Opinions): number {
  const lastThumb = outcomes
    .filter(isThumb)
    .reduce<(typeof outcomes)[number] | null>(
      (last, one) => (last === null || one.timeMs >= last.timeMs ? one : last),
      null,
    )
  const names = new Set(
    outcomes
      .filter((one) => !isThumb(one) || one.name === lastThumb?.name)
      .filter((one) => doesCount(one, opinions))
      .map(({ name }) => name),
  )
  return [...names].sort().reduce((sum, name) => sum + (opinions[name]?.weight ?? 0), 0)
}
