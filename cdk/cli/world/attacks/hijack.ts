import { HOUR_MS } from '../../../../functions/contract/time.ts'
import { type Attack, asCheats } from './attack.ts'
import { favourItems, promote } from './promote.ts'
import { campaign, requestTimes } from './timing.ts'

const FAVOURED = 4
const DAYS = 6
const HOURS: readonly [least: number, most: number] = [6, 48]
const SESSIONS_PER_DAY = 16

/** Accounts of honest people, which a thief uses for some hours or days to click favoured items. */
export const hijack: Attack = (setting) => {
  const { cast, draws } = setting
  const favoured = favourItems(setting, FAVOURED)
  const { fromMs, throughMs } = campaign(setting, DAYS)
  const hours = (throughMs - fromMs) / HOUR_MS
  return cast.flatMap((person) => {
    const length = Math.min(hours, HOURS[0] + draws.below(HOURS[1] - HOURS[0]))
    const stolenMs = fromMs + draws.below(Math.floor(hours - length) + 1) * HOUR_MS
    const span = { fromMs: stolenMs, throughMs: stolenMs + length * HOUR_MS }
    return requestTimes(setting, span, SESSIONS_PER_DAY).flatMap((timeMs) =>
      asCheats(
        promote(setting, person, timeMs, {
          favoured,
          count: 1 + draws.below(2),
          chance: 0.9,
          otherChance: 0.02,
        }),
      ),
    )
  })
}
