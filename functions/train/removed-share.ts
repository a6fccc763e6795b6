import { sumUserCounts } from '../closing/user-counts.ts'
import type { SampleManifest } from '../contract/accounts.ts'
import { percent } from '../contract/gates.ts'
import { parseClosedKey } from '../contract/keys.ts'
import type { DecisionRow, VersionRow } from '../contract/registry.ts'
import { type Removed, removedSchema, type UserCounts } from '../contract/removed.ts'
import type { Gates } from '../contract/scene.ts'
import { isoSeconds } from '../contract/time.ts'
import type { Tier, Verdict } from '../contract/training.ts'
import { binomialLowerTail, binomialUpperTail, recordedTail } from '../math/binomial.ts'
import { dispersionOf } from '../math/dispersion.ts'
import { quantileOfSorted } from '../math/quantile.ts'
import { smoothedRate } from './data-gates.ts'
import type { ClosingDrops } from './interval-drops.ts'

export const REMOVED_GATE = 'removed-share'

/** Earlier intervals that a share is compared with: a week of days, or a day of hours. */
export const TRAILING: Readonly<Record<Tier, number>> = { full: 7, daily: 7, hourly: 24 }
/** The median of fewer earlier shares is no level. */
const LEAST_EARLIER = 3

/**
 * What cheats took from earlier intervals of a tier, the newest first: from those of accepted versions,
 * and from those that this gate refused. So a level that stays becomes the median, and the tier goes on.
 */
export function earlierRemoved(
  tier: Tier,
  versions: readonly VersionRow[],
  decisions: readonly DecisionRow[],
): Removed[] {
  const learned = versions
    .filter((row) => row.tier === tier && row.status === 'accepted')
    .flatMap(({ dataThroughMs, removed }) => (removed ? [{ dataThroughMs, removed }] : []))
  const refused = decisions
    .filter(({ kind, evidence }) => kind === 'refusal' && evidence['gate'] === REMOVED_GATE)
    .filter(({ evidence }) => evidence['ranTier'] === tier)
    .flatMap(({ evidence }) => {
      const removed = removedSchema.safeParse(evidence['removed'])
      const dataThroughMs = Number(evidence['dataThroughMs'])
      return removed.success ? [{ dataThroughMs, removed: removed.data }] : []
    })
  return [...learned, ...refused]
    .sort((a, b) => b.dataThroughMs - a.dataThroughMs)
    .slice(0, TRAILING[tier])
    .map(({ removed }) => removed)
}

/** The hours of some sets: those of their closed files, with a daily's late lane. */
const hoursOf = (sets: readonly SampleManifest[]): Set<number> =>
  new Set(sets.flatMap(({ impressionKeys }) => impressionKeys).flatMap(hourOf))
const hourOf = (key: string): number[] => {
  const name = parseClosedKey(key)
  return name ? [name.hourMs] : []
}

/** What cheats took from some sets, and by the rules from the hours of these closings. */
export function countRemoved(
  sets: readonly SampleManifest[],
  closings: readonly ClosingDrops[],
): Removed {
  const isOwn = hoursOf(sets)
  const closed = closings.flatMap(({ hours }) => hours).filter(({ hourMs }) => isOwn.has(hourMs))
  const usersOf = (hours: readonly { users?: UserCounts | undefined }[]): UserCounts =>
    sumUserCounts(hours.flatMap(({ users }) => users ?? []))
  return { rules: usersOf(closed), verdicts: usersOf(sets.flatMap(({ hours }) => hours)) }
}

/** Names the hour from which a reason took most, and the drop that most of it came in. */
export const placeOf =
  (sets: readonly SampleManifest[], closings: readonly ClosingDrops[]) =>
  (name: string): string => {
    const counts = new Map<number, number>()
    const add = (hourMs: number, count: number): void =>
      void counts.set(hourMs, (counts.get(hourMs) ?? 0) + count)
    for (const { hourMs, excluded } of closings.flatMap((closing) => closing.hours))
      for (const [rule, count] of Object.entries(excluded))
        if (name === `the rule ${rule}`) add(hourMs, count)
    const hours = sets.flatMap((set) => set.hours)
    for (const { hourMs, excluded = {} } of hours)
      for (const [reason, count] of Object.entries(excluded))
        if (name === `verdicts as ${reason}` || name === 'all verdicts') add(hourMs, count)
    const [most] = [...counts].sort(([a, n], [b, m]) => m - n || a - b)
    if (!most) return ''
    const [hourMs, count] = most
    const drop = hours.find((hour) => hour.hourMs === hourMs)?.drop
    return `; most in the hour ${isoSeconds(hourMs)} (${count}${drop ? `, and there most in the drop ${drop.drop}` : ''})`
  }

/** How a line of defence is named in a reason. */
const LINES: Readonly<Record<keyof Removed, string>> = {
  rules: 'the rule',
  verdicts: 'verdicts as',
}

interface Counted {
  removed: number
  users: number
}
type Countable = (interval: Removed) => Counted

/** Every share that is compared: each rule, each reason of verdicts, and all verdicts together. */
function shares(intervals: readonly Removed[]): [name: string, count: Countable][] {
  const by = (what: keyof Removed): [name: string, count: Countable][] =>
    [...new Set(intervals.flatMap((interval) => Object.keys(interval[what].excluded)))]
      .sort()
      .map((reason) => [
        `${LINES[what]} ${reason}`,
        (interval) => ({
          removed: interval[what].excluded[reason] ?? 0,
          users: interval[what].all,
        }),
      ])
  const all: Countable = ({ verdicts }) => ({
    removed: Object.values(verdicts.excluded).reduce((sum, users) => sum + users, 0),
    users: verdicts.all,
  })
  return [...by('rules'), ...by('verdicts'), ['all verdicts', all]]
}

const oddsOf = (rate: number): number => rate / (1 - rate)
const shareOf = ({ removed, users }: Counted): number => (users > 0 ? removed / users : 0)

interface Move {
  name: string
  now: Counted
  median: number
  fold: number
  tail: number
}

/** How one share moved against the earlier ones. */
function moveOf(name: string, now: Counted, earlier: readonly Counted[]): Move {
  const counted = earlier.filter(({ users }) => users > 0)
  const sorted = Float64Array.from(counted, shareOf).sort()
  const median = sorted.length > 0 ? quantileOfSorted(sorted, 0.5) : 0
  // Never 0 or 1, so it has odds.
  const mean = smoothedRate(
    counted.reduce((sum, { removed }) => sum + removed, 0),
    counted.reduce((sum, { users }) => sum + users, 0),
  )
  const isHigher = shareOf(now) > median
  // Of a cheat that comes in few intervals the median is 0, and it is no news.
  const rate = isHigher ? Math.max(median, mean) : Math.min(median, mean)
  const dispersion = dispersionOf(
    counted.map(({ removed, users }) => ({ positives: removed, trials: users, rate: mean })),
  )
  const bounded = Math.min(1 - 1e-9, Math.max(1e-9, rate))
  const ratio = oddsOf(smoothedRate(now.removed, now.users)) / oddsOf(bounded)
  const tailOf = isHigher ? binomialUpperTail : binomialLowerTail
  return {
    ...{ name, now, median },
    fold: isHigher ? ratio : 1 / ratio,
    tail: tailOf(now.removed / dispersion, now.users / dispersion, bounded),
  }
}

/**
 * Fails an interval from which cheats took much more, or much less, than from earlier ones. A jump is a
 * wave of cheats or a detector that fails; a fall is a detector that sees nothing, or cheats that hide
 * from it. Shares are of users, because the events of one user come and go together. Each reason is
 * compared with the median of its earlier shares, and with their mean if that lies nearer. It fails if
 * the share moved by more than `minRemovedMove` from the median, its odds by more than `maxRemovedFold`,
 * and not by chance. Chance is a binomial tail, divided by the dispersion of the earlier shares; it is
 * shared among all reasons (Bonferroni). `where` adds what is known of the place.
 */
export function gateRemoved(
  gates: Gates,
  now: Removed,
  earlier: readonly Removed[],
  where: (name: string) => string = () => '',
): Verdict {
  const pass = (reason: string, numbers: Verdict['numbers'] = {}): Verdict => ({
    ...{ gate: REMOVED_GATE, passed: true, reason, numbers },
  })
  if (earlier.length < LEAST_EARLIER)
    return pass(`${earlier.length} earlier shares removed are too few to compare with`)
  const moves = shares([now, ...earlier])
    .map(([name, count]) => moveOf(name, count(now), earlier.map(count)))
    .filter(({ now: counted }) => counted.users > 0)
  const failed = moves
    .filter(
      ({ now: counted, median }) => Math.abs(shareOf(counted) - median) > gates.minRemovedMove,
    )
    .filter(({ fold }) => fold > gates.maxRemovedFold)
    .filter(({ tail }) => tail < gates.chance / moves.length)
    .sort((a, b) => a.tail - b.tail || b.fold - a.fold)[0]
  if (!failed) return pass('no share removed moved out of bounds')
  const { name, now: counted, median, fold, tail } = failed
  const share = shareOf(counted)
  const direction = share > median ? 'a jump' : 'a fall'
  return {
    gate: REMOVED_GATE,
    passed: false,
    reason: `${name} excluded events of ${counted.removed} of ${counted.users} users (${percent(share)}), against a median of ${percent(median)} in ${earlier.length} earlier intervals: ${direction} of its odds by ${fold.toFixed(1)} times, and not by chance${where(name)}. Possible causes: a wave of cheats, cheats that a detector no longer sees, or a detector that fails`,
    numbers: {
      ...{ removed: counted.removed, of: counted.users, share, median, fold },
      tail: recordedTail(tail),
    },
  }
}
