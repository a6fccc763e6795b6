import { binomialUpperTail } from '../../math/binomial.ts'
import { isUsual, levelOf, measureCrowd, type Rule, type UserHour } from './rule.ts'

/** Share of a person's outcomes that repeat one on the same impression: a double click, or a way back and again. */
const REPEAT_SHARE = 0.05

/** The slate items with repeated outcomes, and how many outcomes repeat one. */
function findRepeats({ rows, slateItems: ids }: UserHour): {
  outcomes: number
  repeats: number
  slateItems: Set<number>
} {
  const seen = new Map<string | null, Set<number>>()
  const slateItems = new Set<number>()
  let outcomes = 0
  let repeats = 0
  for (const [place, row] of rows.entries()) {
    // An outcome with a value is a measurement, such as time watched, which an app reports again and again.
    if (row.type !== 'outcome' || row.request === null || row.value !== null) continue
    outcomes++
    const id = ids[place]!
    const ofName = seen.get(row.outcome)
    if (ofName === undefined) seen.set(row.outcome, new Set([id]))
    else if (!ofName.has(id)) ofName.add(id)
    else {
      repeats++
      slateItems.add(id)
    }
  }
  return { outcomes, repeats, slateItems }
}

/**
 * Excludes the items of slates on which a user repeats an outcome more often than people do, with their
 * impressions. Null model: each outcome repeats an earlier one with the chance REPEAT_SHARE, so the
 * repeats are binomial. It is silent without requests, and if the app itself repeats outcomes.
 */
export const repeatedOutcomes: Rule = {
  reason: 'repeated_outcome',
  remembersUsers: false,
  open(hour) {
    const level = levelOf(hour)
    const isFound = ({ outcomes, repeats }: ReturnType<typeof findRepeats>): boolean =>
      repeats > 0 && binomialUpperTail(repeats, outcomes, REPEAT_SHARE) < level
    const measured = measureCrowd(hour.crowd, findRepeats)
    const crowd = measured.all
    const couldBeFound = crowd.filter(({ outcomes }) =>
      isFound({ ...NONE, outcomes, repeats: outcomes - 1 }),
    )
    const active = crowd.filter(({ outcomes }) => outcomes > 0)
    if (isUsual(crowd.filter(isFound).length, couldBeFound.length, active.length)) return () => null
    return (user) => {
      const found = measured.of(user)
      if (!isFound(found)) return null
      return (row) => found.slateItems.has(hour.slateItems.find(row))
    }
  },
}
const NONE = { outcomes: 0, repeats: 0, slateItems: new Set<number>() }
