import type { Event } from '../../../../functions/contract/events.ts'
import { HOUR_MS, MINUTE_MS } from '../../../../functions/contract/time.ts'
import type { Person } from '../people.ts'
import { type Attack, asHonest, type Setting } from './attack.ts'
import { wholeWorld } from './timing.ts'

const REQUESTS = 6
const TAP_MS: readonly [least: number, most: number] = [150, 700]

/** A minute of taps at random places of the screen; every few seconds a new slate is loaded. */
function walkOver(setting: Setting, person: Person, startMs: number): Event[] {
  const { kind, draws, behaviour, itemsAt } = setting
  const slateMs = MINUTE_MS / REQUESTS
  return Array.from({ length: REQUESTS }, (_, n) => {
    const timeMs = startMs + n * slateMs
    const moment = { draws, person, timeMs, items: itemsAt(timeMs) }
    const shown = behaviour.visit(moment, { name: kind, chanceOf: () => 0 })
    const taps: Event[] = []
    const tapMs = (): number => TAP_MS[0] + draws.below(TAP_MS[1] - TAP_MS[0])
    for (let afterMs = tapMs(); afterMs < slateMs; afterMs += tapMs()) {
      const { userId, itemId, requestId } = draws.pick(shown)
      taps.push({
        ...{ type: 'outcome', outcome: 'click', timeMs: timeMs + afterMs, userId, itemId },
        ...(requestId === undefined ? {} : { requestId }),
        eventId: `${requestId}-t${taps.length}`,
      })
    }
    return [...shown, ...taps]
  }).flat()
}

/** A cat walks over a phone. Its person is honest, and has cheated in no other minute either. */
export const cat: Attack = (setting) => {
  const { cast, draws } = setting
  const { fromMs, throughMs } = wholeWorld(setting)
  return cast.flatMap((person) =>
    asHonest(walkOver(setting, person, fromMs + draws.below(throughMs - fromMs - HOUR_MS))),
  )
}
