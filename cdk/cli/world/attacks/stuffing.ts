import { HOUR_MS } from '../../../../functions/contract/time.ts'
import { createAccounts } from './accounts.ts'
import { type Attack, asCheats } from './attack.ts'
import { favourItems } from './promote.ts'
import { campaign } from './timing.ts'

const ACCOUNTS = 6
const FAVOURED = 2
const DAYS = 3
const HOURS = 10
const SLATE = 8
/** Requests an hour: few with one item in every place, or many with the same items. */
const STUFFED_SLATES = 12
const REPEATED_SLATES = 40

/** Accounts in turn show one item in every place of a slate, or the same items by many requests. */
export const stuffing: Attack = (setting) => {
  const { kind, draws, behaviour, itemsAt, scaled } = setting
  const favoured = favourItems(setting, FAVOURED)
  const { fromMs, throughMs } = campaign(setting, DAYS)
  const hours = Math.floor((throughMs - fromMs) / HOUR_MS)
  return createAccounts(setting, Math.max(2, scaled(ACCOUNTS))).flatMap((person, n) => {
    const isOneSlate = n % 2 === 0
    return Array.from({ length: HOURS }, () => fromMs + draws.below(hours) * HOUR_MS).flatMap(
      (hourMs) =>
        Array.from({ length: isOneSlate ? STUFFED_SLATES : REPEATED_SLATES }, () => {
          const timeMs = hourMs + draws.below(HOUR_MS)
          const item = draws.pick(favoured)
          const slate = isOneSlate ? Array.from({ length: SLATE }, () => item) : favoured
          const moment = { draws, person, timeMs, items: itemsAt(timeMs) }
          return asCheats(behaviour.visit(moment, { name: kind, slate, chanceOf: () => 0.02 }))
        }).flat(),
    )
  })
}
