import type { Finding } from '../../contract/verdicts.ts'
import { logNegativeBinomialTail } from '../../math/negative-binomial.ts'
import { type Accusation, windowsOf } from '../bad-window.ts'
import { LOG_FALSE_RUNS } from '../bound.ts'
import type { ScreenedEvents } from '../events.ts'
import { findGangs } from '../gangs.ts'
import { indexVoices, type TimeCell, timeCellsOf, visitPopularity } from '../time-cells.ts'

/** How a member's clicks go along with those of the others. */
interface Steps {
  /** Clicks on items that others clicked in the same cell, beyond the first one of each cell. */
  together: number
  expected: number
  items: Set<number>
}

/** An item counts for a member if two others clicked it in the same cell. */
const MIN_OTHERS = 2
/** The number of clicks in step is geometric: its tail is the longest of those with this mean and no zeros. */
const SHAPE = 1

/** Adds what one cell says about each member of a gang. */
function addCell(
  { usersOf }: TimeCell,
  gang: ReadonlyMap<number, Steps>,
  shareOf: (items: readonly number[]) => number,
): void {
  const clicked = new Map<number, number[]>()
  const inStep = new Map<number, number[]>()
  const popular: number[] = []
  for (const [item, users] of usersOf) {
    const members = users.filter((user) => gang.has(user))
    if (members.length === 0) continue
    if (members.length >= MIN_OTHERS) popular.push(item)
    for (const user of members) {
      clicked.set(user, [...(clicked.get(user) ?? []), item])
      if (members.length > MIN_OTHERS) inStep.set(user, [...(inStep.get(user) ?? []), item])
    }
  }
  for (const [user, items] of clicked) {
    const steps = gang.get(user)!
    const shared = inStep.get(user) ?? []
    steps.expected += (items.length - 1) * shareOf(popular)
    if (shared.length < 2) continue
    steps.together += shared.length - 1
    for (const item of shared) steps.items.add(item)
  }
}

/** Members whose clicks in step chance does not explain (Benjamini & Hochberg 1995, over all users). */
function accuse(gang: ReadonlyMap<number, Steps>, users: number, gangs: number): Accusation[] {
  const tested = [...gang]
    .filter(([, { together }]) => together > 0)
    .map(([user, { together, expected, items }]) => {
      const chance = logNegativeBinomialTail(together, Math.max(expected, 1e-9), SHAPE)
      return { user, items: [...items].sort((a, b) => a - b), expected, chance }
    })
    .sort((a, b) => a.chance - b.chance || a.user - b.user)
    .map((one, n) => ({
      ...one,
      logChance: one.chance + Math.log(users / (n + 1)) + Math.log(gangs),
    }))
  const last = tested.findLastIndex(({ logChance }) => logChance <= LOG_FALSE_RUNS)
  return tested.slice(0, last + 1).map(({ user, items, expected, chance, logChance }) => ({
    ...{ user, items, expected },
    logChance: Math.min(tested[last]!.logChance, Math.max(logChance, chance)),
  }))
}

/**
 * Groups of users who click the same items in the same minutes, again and again. Candidates are users that
 * are connected by pairs which share items in cells of time (`findGangs`). Null model: given when a user
 * clicks, and one click of each cell, the user's other clicks fall on the items of the rest of the
 * gang with the share that these items have among all who are not of the gang, in the hours around. So
 * the popularity of an item in that hour is no evidence, and one item alone is none. The threshold grows
 * with the number of users and of gangs. O(events × log events).
 */
export const lockstep = {
  name: 'lockstep',
  evidence: 'timing',
  reason: 'A group of users clicks the same items in the same minutes.',
  detect(events: ScreenedEvents): Finding[] {
    const users = events.users.length
    const cells = timeCellsOf(events)
    const gangs = findGangs(cells, users)
    const voices = indexVoices(cells, users, events.items.length)
    const isOut = new Uint8Array(users)
    const accusations = gangs.flatMap((members) => {
      for (const user of members) isOut[user] = 1
      const gang = new Map(
        members.map((user) => [user, { together: 0, expected: 0, items: new Set<number>() }]),
      )
      const about = { members, isOut }
      visitPopularity(voices, about, (cell, shareOf) => addCell(cell, gang, shareOf))
      for (const user of members) isOut[user] = 0
      return accuse(gang, users, gangs.length)
    })
    return windowsOf(events, accusations, lockstep)
  },
} as const
