import { createAccounts } from './accounts.ts'
import { type Attack, asCheats } from './attack.ts'
import { favourItems, promote } from './promote.ts'
import { campaign, requestTimes } from './timing.ts'

const ACCOUNTS = 12
const VICTIMS = 4
const DAYS = 5
const SESSIONS_PER_DAY = 8

/** A competitor clicks another company's items again and again, so that its budget is spent. */
export const draining: Attack = (setting) => {
  const favoured = favourItems(setting, VICTIMS)
  const span = campaign(setting, DAYS)
  return createAccounts(setting, setting.scaled(ACCOUNTS)).flatMap((person) =>
    requestTimes(setting, span, SESSIONS_PER_DAY).flatMap((timeMs) =>
      asCheats(
        promote(setting, person, timeMs, { favoured, count: 1, chance: 0.9, otherChance: 0.01 }),
      ),
    ),
  )
}
