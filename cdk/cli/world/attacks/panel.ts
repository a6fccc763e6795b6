import type { Attack } from './attack.ts'
import { favourItems, promote } from './promote.ts'
import { campaign, requestTimes } from './timing.ts'

const FAVOURED = 6
const DAYS = 6
const PAID_SESSIONS_PER_DAY = 1

/**
 * People who are paid for clicks on some items. All else they do is honest, in the same slates too:
 * only what concerns a favoured item is a cheat.
 */
export const panel: Attack = (setting) => {
  const { cast, draws } = setting
  const favoured = favourItems(setting, FAVOURED)
  const ids = new Set(favoured.map(({ id }) => id))
  const span = campaign(setting, DAYS)
  return cast.flatMap((person) =>
    requestTimes(setting, span, PAID_SESSIONS_PER_DAY).flatMap((timeMs) =>
      promote(setting, person, timeMs, { favoured, count: 1 + draws.below(2), chance: 0.7 }).map(
        (event) => ({ event, isCheat: ids.has(event.itemId) }),
      ),
    ),
  )
}
