import type { Finding } from '../../functions/contract/verdicts.ts'
import type { ScreenedWorld } from './screened-world.ts'

/** By place: 1 for an event that a finding about its user covers. */
export function coveredBy(
  { events }: Pick<ScreenedWorld, 'events'>,
  findings: readonly Finding[],
): Uint8Array {
  const byUser = Map.groupBy(
    findings.filter(({ subject }) => subject === 'user'),
    ({ id }) => id,
  )
  return Uint8Array.from(events.user, (user, place) => {
    const timeMs = events.timeMs[place]!
    const item = events.items[events.item[place]!]!
    const covering = byUser
      .get(events.users[user]!)
      ?.some(
        ({ fromMs, throughMs, items }) =>
          fromMs <= timeMs && timeMs < throughMs && (items.length === 0 || items.includes(item)),
      )
    return covering ? 1 : 0
  })
}

/** The share of cheats' events of a kind that are covered. */
export function recallOf(world: ScreenedWorld, covered: Uint8Array, kind: string): number {
  let [all, hit] = [0, 0]
  for (let place = 0; place < world.events.length; place++)
    if (world.isCheat[place] && world.kind[place] === kind) {
      all++
      hit += covered[place]!
    }
  return hit / all
}

/** Users of whom an honest event is covered, with the kinds of events that they have. */
export function honestUsersHit(world: ScreenedWorld, covered: Uint8Array): string[] {
  const hit = new Set<string>()
  for (let place = 0; place < world.events.length; place++)
    if (!world.isCheat[place] && covered[place])
      hit.add(world.events.users[world.events.user[place]!]!)
  return [...hit].sort()
}
