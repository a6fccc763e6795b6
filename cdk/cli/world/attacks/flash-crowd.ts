import { DAY_MS, HOUR_MS } from '../../../../functions/contract/time.ts'
import { type Attack, asHonest } from './attack.ts'

const MEAN_HOURS = 1.5
const MOST_HOURS = 6

/** One item goes viral for some hours: many people come by its link, and most click it. */
export const flashCrowd: Attack = (setting) => {
  const { kind, cast, draws, options, behaviour, itemsAt } = setting
  const day = Math.floor(options.days / 2)
  const startMs = options.startMs + day * DAY_MS + (9 + draws.below(6)) * HOUR_MS
  const viral = draws.pick(itemsAt(startMs))
  return cast.flatMap((person) => {
    const afterMs = Math.min(draws.exponential(MEAN_HOURS * HOUR_MS), MOST_HOURS * HOUR_MS)
    const timeMs = startMs + Math.round(afterMs)
    const moment = { draws, person, timeMs, items: itemsAt(timeMs) }
    const others = behaviour.slate(moment).filter((item) => item !== viral)
    return asHonest(
      behaviour.visit(moment, {
        name: kind,
        slate: [viral, ...others.slice(0, 7)],
        chanceOf: (item) => (item === viral ? 0.7 : null),
      }),
    )
  })
}
