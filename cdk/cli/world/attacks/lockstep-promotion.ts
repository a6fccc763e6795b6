import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../../functions/contract/time.ts'
import { createAccounts } from './accounts.ts'
import { type Attack, asCheats } from './attack.ts'
import { favourItems, promote } from './promote.ts'
import { campaign } from './timing.ts'

const ACCOUNTS = 20
const FAVOURED = 5
const DAYS = 5
const MEETINGS = 8
/** From one item to the next, and by how much accounts differ. */
const STEP_MS = 20_000
const SPREAD_MS = 15_000

/** A gang that clicks the same items within the same minutes, several times. */
export const lockstepPromotion: Attack = (setting) => {
  const { draws, scaled } = setting
  const favoured = favourItems(setting, FAVOURED)
  const { fromMs, throughMs } = campaign(setting, DAYS)
  const hours = Math.floor((throughMs - fromMs) / HOUR_MS)
  const days = Math.max(1, Math.floor((throughMs - fromMs) / DAY_MS))
  const accounts = createAccounts(setting, scaled(ACCOUNTS))
  return Array.from({ length: MEETINGS }, (_, meeting) => {
    const hour = Math.min(hours - 1, (meeting % days) * 24 + 8 + draws.below(14))
    return fromMs + hour * HOUR_MS + draws.below(50) * MINUTE_MS
  }).flatMap((meetingMs) =>
    accounts.flatMap((person) =>
      favoured.flatMap((item, n) =>
        asCheats(
          promote(setting, person, meetingMs + n * STEP_MS + draws.below(SPREAD_MS), {
            favoured: [item],
            count: 1,
            chance: 0.95,
            otherChance: 0,
          }),
        ),
      ),
    ),
  )
}
