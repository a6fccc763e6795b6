import type { Item } from '../catalogue.ts'
import type { Draws } from '../draws.ts'
import type { Person } from '../people.ts'
import { createAccounts } from './accounts.ts'
import { type Attack, asCheats, type Setting } from './attack.ts'
import { chooseSome, favourItems } from './promote.ts'
import { campaign, requestTimes } from './timing.ts'

const ACCOUNTS = 10
const RECORDINGS = 2
const FAVOURED = 4
const DAYS = 4
const REPLAYS_PER_DAY = 3
const REQUESTS = 3
/** A replayed delay differs from the recorded one by at most this share. */
const JITTER = 0.1

interface RecordedRequest {
  offsetMs: number
  slate: readonly Item[]
  /** Delays of the clicks, by item. */
  clicks: ReadonlyMap<Item, number>
}

function record({ draws, itemsAt, options }: Setting, favoured: readonly Item[]) {
  return Array.from({ length: REQUESTS }, (_, n): RecordedRequest => {
    const clicked = chooseSome(draws, favoured, 2)
    const others = itemsAt(options.startMs).filter((item) => !favoured.includes(item))
    const slate = chooseSome(draws, [...clicked, ...chooseSome(draws, others, 6)], 8)
    const clicks = new Map(
      clicked.map((item) => [item, 3000 + Math.round(draws.exponential(15_000))]),
    )
    return { offsetMs: n * 40_000 + draws.below(20_000), slate, clicks }
  })
}

const jittered = (draws: Draws, ms: number): number =>
  Math.round(ms * (1 + JITTER * (2 * draws.uniform() - 1)))

function replay(
  { kind, draws, behaviour, itemsAt }: Setting,
  person: Person,
  startMs: number,
  recording: readonly RecordedRequest[],
) {
  return recording.flatMap(({ offsetMs, slate, clicks }) => {
    const timeMs = startMs + jittered(draws, offsetMs)
    const moment = { draws, person, timeMs, items: itemsAt(timeMs) }
    const impressions = behaviour.visit(moment, { name: kind, slate, chanceOf: () => 0 })
    return impressions.flatMap((event, place) => {
      const delayMs = clicks.get(slate[place]!)
      if (delayMs === undefined) return [event]
      const { userId, itemId, requestId } = event
      const click = {
        ...{ type: 'outcome' as const, outcome: 'click', eventId: `${event.eventId}-c` },
        ...{ timeMs: timeMs + jittered(draws, delayMs), userId, itemId },
        ...(requestId === undefined ? {} : { requestId }),
      }
      return [event, click]
    })
  })
}

/** A script that replays recorded sessions, with new ids and a little noise in its delays. */
export const replayJitter: Attack = (setting) => {
  const favoured = favourItems(setting, FAVOURED)
  const recordings = Array.from({ length: RECORDINGS }, () => record(setting, favoured))
  const span = campaign(setting, DAYS)
  return createAccounts(setting, setting.scaled(ACCOUNTS)).flatMap((person, n) =>
    requestTimes(setting, span, REPLAYS_PER_DAY).flatMap((timeMs) =>
      asCheats(replay(setting, person, timeMs, recordings[n % RECORDINGS]!)),
    ),
  )
}
