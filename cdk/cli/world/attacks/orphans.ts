import { createAccounts } from './accounts.ts'
import { type Attack, asCheats } from './attack.ts'
import { favourItems } from './promote.ts'
import { campaign, requestTimes } from './timing.ts'

const ACCOUNTS = 8
const FAVOURED = 5
const DAYS = 4
const SESSIONS_PER_DAY = 20

/** Outcomes that no impression precedes. Accounts in turn name an invented request, or none. */
export const orphans: Attack = (setting) => {
  const { kind, draws, scaled } = setting
  const favoured = favourItems(setting, FAVOURED)
  const span = campaign(setting, DAYS)
  return createAccounts(setting, scaled(ACCOUNTS)).flatMap(({ id }, account) =>
    asCheats(
      requestTimes(setting, span, SESSIONS_PER_DAY).map((timeMs, n) => ({
        ...{ type: 'outcome', outcome: 'click', eventId: `${kind}-${id}-${n}` },
        ...{ timeMs, userId: id, itemId: draws.pick(favoured).id },
        ...(account % 2 === 0 ? { requestId: `${kind}-${id}-r${n}` } : {}),
      })),
    ),
  )
}
