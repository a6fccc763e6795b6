import { createAccounts } from './accounts.ts'
import { type Attack, asCheats } from './attack.ts'
import { favourItems, promote } from './promote.ts'
import { campaign, requestTimes } from './timing.ts'

const ACCOUNTS = 8
const FAVOURED = 4
const DAYS = 4
const SESSIONS_PER_DAY = 5
const DELAY_MS: readonly [least: number, most: number] = [20, 250]

/** A script at a human rate that clicks sooner after the impression than a person sees it. */
export const quickClicks: Attack = (setting) => {
  const { draws, scaled } = setting
  const favoured = favourItems(setting, FAVOURED)
  const span = campaign(setting, DAYS)
  return createAccounts(setting, scaled(ACCOUNTS)).flatMap((person) =>
    requestTimes(setting, span, SESSIONS_PER_DAY).flatMap((timeMs) =>
      asCheats(
        promote(setting, person, timeMs, {
          favoured,
          count: 1 + draws.below(2),
          chance: 0.9,
          otherChance: 0.02,
          delayMs: () => DELAY_MS[0] + draws.below(DELAY_MS[1] - DELAY_MS[0]),
        }),
      ),
    ),
  )
}
