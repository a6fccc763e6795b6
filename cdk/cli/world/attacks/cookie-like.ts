import { createAccounts } from './accounts.ts'
import { type Attack, asCheats } from './attack.ts'
import { favourItems, promote } from './promote.ts'
import { campaign } from './timing.ts'

const ACCOUNTS = 250
const FAVOURED = 5
const DAYS = 3
const NEXT_REQUEST_MS = 30_000

/** One attacker who deletes cookies: many new users, each with one session on the favoured items. */
export const cookieLike: Attack = (setting) => {
  const { draws, scaled } = setting
  const favoured = favourItems(setting, FAVOURED)
  const { fromMs, throughMs } = campaign(setting, DAYS)
  return createAccounts(setting, scaled(ACCOUNTS)).flatMap((person) => {
    const startMs = fromMs + draws.below(throughMs - fromMs)
    return Array.from({ length: 1 + draws.below(2) }, (_, n) => startMs + n * NEXT_REQUEST_MS)
      .filter((timeMs) => timeMs < throughMs)
      .flatMap((timeMs) =>
        asCheats(
          promote(setting, person, timeMs, {
            favoured,
            count: 1 + draws.below(2),
            chance: 0.9,
            otherChance: 0,
          }),
        ),
      )
  })
}
