import { createAccounts } from './accounts.ts'
import { type Attack, asCheats } from './attack.ts'
import { chooseSome, favourItems, promote } from './promote.ts'
import { campaign, requestTimes } from './timing.ts'

const ACCOUNTS = 40
const FAVOURED = 8
const DAYS = 6
const SESSIONS_PER_DAY = 2.5
const POPULAR_SHARE = 0.1
const OTHERS = 7

/**
 * A block of accounts and items that hides among popular ones: as many clicks go to popular items,
 * at random, as to favoured ones (Hooi et al. 2016, "FRAUDAR", section 5: random camouflage).
 */
export const camouflage: Attack = (setting) => {
  const { draws, itemsAt, options, scaled } = setting
  const opening = itemsAt(options.startMs)
  const popular = [...opening]
    .sort((a, b) => b.quality - a.quality)
    .slice(0, Math.max(2 * OTHERS, Math.ceil(POPULAR_SHARE * opening.length)))
  const favoured = favourItems(setting, FAVOURED)
  const span = campaign(setting, DAYS)
  return createAccounts(setting, scaled(ACCOUNTS)).flatMap((person) =>
    requestTimes(setting, span, SESSIONS_PER_DAY).flatMap((timeMs) =>
      asCheats(
        promote(setting, person, timeMs, {
          favoured,
          count: 1,
          chance: 0.9,
          otherChance: 0.9 / OTHERS,
          others: chooseSome(draws, popular, OTHERS + FAVOURED),
        }),
      ),
    ),
  )
}
