import { createAccounts } from './accounts.ts'
import { type Attack, asCheats } from './attack.ts'
import { favourItems, promote } from './promote.ts'
import { campaign, requestTimes } from './timing.ts'

const ACCOUNTS = 30
const FAVOURED = 6
const DAYS = 6
const SESSIONS_PER_DAY = 4
const ACCOUNTS_PER_NETWORK = 10

/** Hired people at a human rate, with human delays and hours, who click what they are paid for. */
export const clickFarm: Attack = (setting) => {
  const { draws, scaled } = setting
  const favoured = favourItems(setting, FAVOURED)
  const span = campaign(setting, DAYS)
  return createAccounts(setting, scaled(ACCOUNTS)).flatMap((person, n) =>
    requestTimes(setting, span, SESSIONS_PER_DAY).flatMap((timeMs) =>
      asCheats(
        promote(setting, person, timeMs, {
          favoured,
          count: 1 + draws.below(2),
          chance: 0.8,
          context: { network: `farm-${Math.floor(n / ACCOUNTS_PER_NETWORK)}` },
        }),
      ),
    ),
  )
}
