import { DAY_MS, floorHour, MINUTE_MS } from '../../../../functions/contract/time.ts'
import type { Behaviour } from '../behaviour.ts'
import { catalogueOf } from '../catalogue.ts'
import { drawsFor } from '../draws.ts'
import type { WorldOptions } from '../options.ts'
import type { Person } from '../people.ts'
import { castPeople } from './accounts.ts'
import type { Attack, Planted } from './attack.ts'
import { camouflage } from './camouflage.ts'
import { cat } from './cat.ts'
import { classroom } from './classroom.ts'
import { clickFarm } from './click-farm.ts'
import { cookieLike } from './cookie-like.ts'
import { draining } from './draining.ts'
import { flashCrowd } from './flash-crowd.ts'
import { hijack } from './hijack.ts'
import type { AttackKind } from './kinds.ts'
import { lockstepPromotion } from './lockstep-promotion.ts'
import { orphans } from './orphans.ts'
import { panel } from './panel.ts'
import { poisonedHour } from './poisoned-hour.ts'
import { powerUsers } from './power-users.ts'
import { quickClicks } from './quick-clicks.ts'
import { replayJitter } from './replay-jitter.ts'
import { slowDrip } from './slow-drip.ts'
import { stuffing } from './stuffing.ts'

const PLANS: Readonly<Record<AttackKind, Attack>> = {
  'click-farm': clickFarm,
  'lockstep-promotion': lockstepPromotion,
  draining,
  panel,
  'replay-jitter': replayJitter,
  hijack,
  camouflage,
  'slow-drip': slowDrip,
  stuffing,
  'quick-clicks': quickClicks,
  'cookie-like': cookieLike,
  orphans,
  'poisoned-hour': poisonedHour,
  classroom,
  'flash-crowd': flashCrowd,
  'power-users': powerUsers,
  cat,
}

/** An event of an attack, with the attack that it belongs to. */
export interface PlantedEvent extends Planted {
  kind: AttackKind
}

/** Plans all attacks of a world, and returns their events by hour. Holds them all in memory. */
export function plantAttacks(
  options: WorldOptions,
  people: readonly Person[],
  behaviour: Behaviour,
): ReadonlyMap<number, readonly PlantedEvent[]> {
  const hours = new Map<number, PlantedEvent[]>()
  if (options.attacks.length === 0) return hours
  const itemsAt = catalogueOf(options)
  const castOf = castPeople(options, people)
  // A line is logged some seconds after its event. Later events would miss the last drop.
  const endMs = options.startMs + options.days * DAY_MS - MINUTE_MS
  const seen = new Set<string>()
  for (const kind of options.attacks) {
    const planted = PLANS[kind]({
      ...{ kind, options, behaviour, itemsAt },
      draws: drawsFor(options.seed, 'attack', kind),
      cast: castOf(kind),
      scaled: (n) => Math.max(1, Math.round(n * options.attackStrength)),
    })
    for (const one of planted) {
      const { eventId, timeMs } = one.event
      // Two requests of one account in the same millisecond have the same name.
      if (timeMs >= endMs || seen.has(eventId!)) continue
      seen.add(eventId!)
      const hourMs = floorHour(timeMs)
      const hour = hours.get(hourMs)
      if (hour) hour.push({ ...one, kind })
      else hours.set(hourMs, [{ ...one, kind }])
    }
  }
  return hours
}
