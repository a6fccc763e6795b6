import type { Rule } from './rule.ts'

/** Excludes outcomes before the first impression of their item in their request, to any user. */
export const earlyOutcomes: Rule = {
  reason: 'outcome_before_impression',
  remembersUsers: false,
  open:
    ({ firstShown, slateItems }) =>
    () =>
    (row) => {
      const id = row.type === 'outcome' ? slateItems.find(row) : -1
      const shown = id < 0 ? undefined : firstShown[id]
      return shown !== undefined && row.timeMs < shown.timeMs
    },
}
