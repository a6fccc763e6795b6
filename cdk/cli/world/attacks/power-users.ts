import { type Attack, asHonest } from './attack.ts'
import { requestTimes, wholeWorld } from './timing.ts'

const TIMES_THE_ACTIVITY = 10

/** People with ten times the sessions of others. All that they do is honest. */
export const powerUsers: Attack = (setting) => {
  const { kind, cast, draws, options, behaviour, itemsAt } = setting
  const sessions = TIMES_THE_ACTIVITY * options.sessionsPerUserAndDay
  return cast.flatMap((person) =>
    requestTimes(setting, wholeWorld(setting), sessions).flatMap((timeMs) => {
      const moment = { draws, person, timeMs, items: itemsAt(timeMs) }
      return asHonest(behaviour.visit(moment, { name: kind }))
    }),
  )
}
