import { type Rule, slateItem } from './rule.ts'

/** Excludes outcomes before the first impression of their item in their request, to any user. */
export const earlyOutcomes: Rule = {
  reason: 'outcome_before_impression',
  remembersUsers: false,
  open:
    ({ firstShown }) =>
    () =>
    (row) => {
      const shown = row.type === 'outcome' ? firstShown.get(slateItem(row)) : undefined
      return shown !== undefined && row.timeMs < shown.timeMs
    },
}
