import type { ExclusionRule } from '../../contract/accounts.ts'
import type { EventRow } from '../../contract/rows.ts'
import { quantileOfSorted } from '../../math/quantile.ts'
import type { SlateItems } from '../slate-items.ts'

/** The fields that the rules use. The rows of earlier closings have no context. */
export type JudgedRow = Pick<
  EventRow,
  'event' | 'type' | 'user' | 'item' | 'request' | 'outcome' | 'value' | 'position' | 'timeMs'
> &
  Partial<Pick<EventRow, 'context'>>

/** One user's events of the hour, those of earlier closings among them, in order of time. */
export interface UserHour {
  user: string
  rows: readonly JudgedRow[]
  /** Of each row, the number of the item of its slate. −1 if the row names no request. */
  slateItems: ArrayLike<number>
}

/** The first impression of an item of a slate, for any user. */
export interface Shown {
  timeMs: number
  user: string
}

/** What a rule may know of the whole hour, also where it judges only a shard of its users. */
export interface JudgedHour {
  /** Events of the hour in this closing and those before. No rule makes more tests than that. */
  events: number
  /** All users of the hour, or a sample of them by hash if the hour is large. */
  crowd: readonly UserHour[]
  slateItems: SlateItems
  /** By number of an item of a slate. */
  firstShown: readonly (Shown | undefined)[]
  /** All users by name, if their events are all at hand. */
  users?: ReadonlyMap<string, UserHour>
}

export type IsExcluded = (row: JudgedRow) => boolean
export const everyEvent: IsExcluded = () => true

/**
 * A rule looks at the hour once, then at each user. It returns which of the user's events it excludes,
 * or null. `remembersUsers`: late arrivals of a user that it found are excluded too.
 */
export interface Rule {
  reason: ExclusionRule
  remembersUsers: boolean
  open(hour: JudgedHour): (user: UserHour) => IsExcluded | null
}

/** Expected number of honest users, slates or intervals that one rule finds in one hour, under its null model. */
const FALSE_HITS = 1e-3
/**
 * The chance below which one test counts as a hit (Bonferroni): the more events the hour has, the
 * stricter. The events bound the number of tests, and every shard knows them.
 */
export const levelOf = ({ events }: Pick<JudgedHour, 'events'>): number =>
  FALSE_HITS / Math.max(1, events)

/**
 * Measures all users of the crowd once. `of` gives the measure of any user.
 */
export function measureCrowd<T>(
  crowd: readonly UserHour[],
  measure: (user: UserHour) => T,
): { all: T[]; of: (user: UserHour) => T } {
  const measured = new Map(crowd.map((user) => [user, measure(user)]))
  return { all: [...measured.values()], of: (user) => measured.get(user) ?? measure(user) }
}

/** The median, each user with one vote, so that a few cheats do not move it. `otherwise` if there is none. */
export const medianOf = (values: readonly number[], otherwise: number): number =>
  values.length === 0 ? otherwise : quantileOfSorted(Float64Array.from(values).sort(), 0.5)

/**
 * Whether the log itself is so: more than half of the users that can be tested are found, more than a third of
 * all users, and at least three. Then the app makes the pattern, and the rule is silent.
 */
export const isUsual = (found: number, tested: number, users: number): boolean =>
  found >= 3 && 2 * found > tested && 3 * found > users
