import type { Event } from '../../../../functions/contract/events.ts'
import { DAY_MS, HOUR_MS } from '../../../../functions/contract/time.ts'
import { type Attack, asCheats, type Setting } from './attack.ts'

/** Share of the hour's impressions that get a forged click, at full strength. */
const FORGED_SHARE = 0.45
/** When, as a share of the world's days and an hour of that day. */
const HOURS = [
  { share: 0.4, hour: 14, hasOwnDrop: false },
  { share: 0.7, hour: 18, hasOwnDrop: true },
] as const

function forgeClicks({ draws, options, behaviour, itemsAt }: Setting, hourMs: number): Event[] {
  const share = Math.min(1, FORGED_SHARE * options.attackStrength)
  return behaviour
    .inHour(hourMs, itemsAt(hourMs))
    .filter(({ type, timeMs }) => type === 'impression' && timeMs < hourMs + HOUR_MS)
    .filter(() => draws.uniform() < share)
    .map(({ eventId, timeMs, userId, itemId, requestId }) => ({
      ...{ type: 'outcome' as const, outcome: 'click', eventId: `x-forged-${eventId}` },
      timeMs: Math.min(timeMs + 2000 + Math.round(draws.exponential(25_000)), hourMs + HOUR_MS - 1),
      ...{ userId, itemId },
      ...(requestId === undefined ? {} : { requestId }),
    }))
}

/**
 * Two hours in which many of the crowd's own impressions get forged clicks: once in the log's drop
 * of that hour, and once in a drop of its own.
 */
export const poisonedHour: Attack = (setting) =>
  HOURS.flatMap(({ share, hour, hasOwnDrop }) => {
    const { startMs, days } = setting.options
    const hourMs = startMs + Math.floor(share * days) * DAY_MS + hour * HOUR_MS
    return asCheats(forgeClicks(setting, hourMs)).map((planted) => ({ ...planted, hasOwnDrop }))
  })
