import type { Event } from '../../../functions/contract/events.ts'
import { DAY_MS, HOUR_MS } from '../../../functions/contract/time.ts'
import type { Item } from './catalogue.ts'
import { drawsFor } from './draws.ts'
import type { WorldOptions } from './options.ts'

export const CHEAT_KINDS = [
  'declared-bot',
  'impossible-rate',
  'outcome-without-impression',
  'exact-interval',
  'replayed-request',
  'lockstep',
] as const
type CheatKind = (typeof CHEAT_KINDS)[number]

/** One planted cheat: the ground truth that a filter is measured against. */
export interface Cheat {
  kind: CheatKind
  userId: string
  /** Items that it pushes; empty where it pushes none. */
  itemIds: string[]
  fromMs: number
  throughMs: number
}

const PER_KIND = 4
const LOCKSTEP_GANG = 12
const FAVOURED = 5
/** Share of hours in which a cheat is at work: a few percent of all traffic in the end. */
const ACTIVE_SHARE = 0.2

/** Who cheats, how, and for how long: a stretch of one to five days each. */
export function plantCheats(options: WorldOptions, items: readonly Item[]): Cheat[] {
  return CHEAT_KINDS.flatMap((kind) => {
    const draws = drawsFor(options.seed, 'cheats', kind)
    const size = Math.round((kind === 'lockstep' ? LOCKSTEP_GANG : PER_KIND) * options.cheats)
    const favoured = Array.from({ length: FAVOURED }, () => draws.pick(items).id)
    const gangFromMs = options.startMs + draws.below(Math.max(1, options.days - 3)) * DAY_MS
    return Array.from({ length: size }, (_, n) => {
      const fromMs =
        kind === 'lockstep' ? gangFromMs : options.startMs + draws.below(options.days) * DAY_MS
      return {
        kind,
        userId: `x-${kind}-${n}`,
        itemIds: kind === 'declared-bot' || kind === 'exact-interval' ? [] : favoured,
        fromMs,
        throughMs: fromMs + (1 + draws.below(5)) * DAY_MS,
      }
    })
  })
}

/** What one cheat does in one hour. */
function act(options: WorldOptions, cheat: Cheat, hourMs: number, items: readonly Item[]): Event[] {
  const draws = drawsFor(options.seed, 'cheat', cheat.userId, hourMs)
  if (cheat.kind !== 'lockstep' && draws.uniform() >= ACTIVE_SHARE) return []
  const item = (): string =>
    cheat.itemIds.length > 0 ? draws.pick(cheat.itemIds) : draws.pick(items).id
  const shown = (timeMs: number, n: number, context: Record<string, string> = {}): Event => ({
    type: 'impression',
    eventId: `${cheat.userId}-${timeMs}-${n}`,
    timeMs,
    userId: cheat.userId,
    itemId: item(),
    requestId: `r-${cheat.userId}-${hourMs}-${n}`,
    position: 1 + (n % 8),
    context: { device: 'desktop', ...context },
  })
  const clicked = (shown: Event, delayMs: number, suffix = 'c'): Event => ({
    type: 'outcome',
    outcome: 'click',
    eventId: `${shown.eventId}-${suffix}`,
    timeMs: shown.timeMs + delayMs,
    userId: shown.userId,
    itemId: shown.itemId,
    ...(shown.requestId ? { requestId: shown.requestId } : {}),
  })
  const within = (): number => hourMs + draws.below(HOUR_MS - 60_000)

  switch (cheat.kind) {
    case 'declared-bot':
      return Array.from({ length: 30 }, (_, n) =>
        shown(within(), n, { agent: 'ExampleBot/2.1 (+https://example.com/bot)' }),
      )
    case 'impossible-rate': {
      const startMs = within()
      return Array.from({ length: 40 }, (_, n) => shown(startMs + n * 150, n)).flatMap((event) => [
        event,
        clicked(event, 60),
      ])
    }
    case 'outcome-without-impression':
      return Array.from({ length: 12 }, (_, n) => clicked(shown(within(), n), 1000))
    case 'exact-interval':
      return Array.from({ length: 60 }, (_, n) => shown(hourMs + n * 60_000, n)).flatMap(
        (event, n) => (n % 2 === 0 ? [event, clicked(event, 5000)] : [event]),
      )
    case 'replayed-request': {
      const event = shown(within(), 0)
      return [
        event,
        ...Array.from({ length: 10 }, (_, n) => clicked(event, 2000 + n * 500, `c${n}`)),
      ]
    }
    case 'lockstep': {
      // The same few minutes of the same evening hours for the whole gang.
      if (new Date(hourMs).getUTCHours() % 6 !== 2) return []
      return cheat.itemIds.flatMap((itemId, n) => {
        const event = { ...shown(hourMs + 1_200_000 + n * 20_000 + draws.below(8000), n), itemId }
        return [event, clicked(event, 1500 + draws.below(3000))]
      })
    }
  }
}

/** Everything that the planted cheats do in an hour. */
export const cheatInHour = (
  options: WorldOptions,
  cheats: readonly Cheat[],
  hourMs: number,
  items: readonly Item[],
): Event[] =>
  cheats
    .filter(({ fromMs, throughMs }) => fromMs <= hourMs && hourMs < throughMs)
    .flatMap((cheat) => act(options, cheat, hourMs, items))
