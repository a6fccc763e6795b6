import { createAccounts } from './accounts.ts'
import { type Attack, asCheats } from './attack.ts'
import { favourItems, promote } from './promote.ts'
import { requestTimes, wholeWorld } from './timing.ts'

const ACCOUNTS = 80
const FAVOURED = 6
const SESSIONS_PER_DAY = 0.8

/** Many accounts, each with a few clicks a day on favoured items, every day, and a taste of its own. */
export const slowDrip: Attack = (setting) => {
  const favoured = favourItems(setting, FAVOURED)
  const span = wholeWorld(setting)
  return createAccounts(setting, setting.scaled(ACCOUNTS)).flatMap((person) =>
    requestTimes(setting, span, SESSIONS_PER_DAY).flatMap((timeMs) =>
      asCheats(promote(setting, person, timeMs, { favoured, count: 1, chance: 0.9 })),
    ),
  )
}
