import type { ExcludedUsers, ExclusionRule } from '../contract/accounts.ts'
import type { UserCounts } from '../contract/removed.ts'
import type { EventRow } from '../contract/rows.ts'
import { groupByUser, wholeHour } from './judged-hour.ts'
import { declaredBot } from './rules/declared-bot.ts'
import { earlyOutcomes } from './rules/early-outcomes.ts'
import { endlessImpressions } from './rules/endless-impressions.ts'
import { exactIntervals } from './rules/exact-intervals.ts'
import { impossibleDelays } from './rules/impossible-delays.ts'
import { impossibleRate } from './rules/impossible-rate.ts'
import { orphanOutcomes } from './rules/orphan-outcomes.ts'
import { repeatedOutcomes } from './rules/repeated-outcomes.ts'
import { replayedRequests } from './rules/replayed-requests.ts'
import {
  everyEvent,
  type IsExcluded,
  type JudgedHour,
  type JudgedRow,
  type Rule,
  type UserHour,
} from './rules/rule.ts'
import { stuffedSlates } from './rules/stuffed-slates.ts'
import { openUserCounts } from './user-counts.ts'

/**
 * General invalid traffic that is visible within one hour (MRC 2015, "Invalid Traffic Detection and
 * Filtration"). The first rule that applies to an event gives the reason.
 */
export const RULES: readonly Rule[] = [
  declaredBot,
  impossibleRate,
  impossibleDelays,
  exactIntervals,
  endlessImpressions,
  stuffedSlates,
  repeatedOutcomes,
  replayedRequests,
  orphanOutcomes,
  earlyOutcomes,
]

/** What earlier closings of the hour decided: the kept events, and the users that were excluded. */
export interface Judged {
  kept: readonly JudgedRow[]
  users: ExcludedUsers
}

/** Opens the rules on an hour. Returns the reason to exclude an event of a user, or null. */
function openRules(hour: JudgedHour, judged: ExcludedUsers) {
  const rules = RULES.map((rule) => ({
    ...rule,
    find: rule.open(hour),
    found: new Set(judged[rule.reason] ?? []),
  }))
  return (user: UserHour) => {
    const hits: { reason: ExclusionRule; remembersUsers: boolean; isExcluded: IsExcluded }[] = []
    for (const { reason, remembersUsers, find, found } of rules) {
      const isExcluded = found.has(user.user) ? everyEvent : find(user)
      if (isExcluded !== null) hits.push({ reason, remembersUsers, isExcluded })
    }
    return (row: JudgedRow) => hits.find(({ isExcluded }) => isExcluded(row)) ?? null
  }
}

/**
 * Splits an hour's events into kept and excluded, in order of time. Late arrivals are decided together
 * with the earlier decisions in `judged`: a user that a rule has found stays excluded, and the rules see the
 * events that were kept. `users` are those found now. `hour` says what the rules need of the whole hour, if
 * `rows` are only those of a part of its users.
 */
export function applyRules(
  rows: readonly EventRow[],
  judged: Judged = { kept: [], users: {} },
  hour: JudgedHour = wholeHour(rows, judged.kept, rows.length + judged.kept.length),
): {
  kept: EventRow[]
  excluded: Partial<Record<ExclusionRule, number>>
  users: ExcludedUsers
  counts: UserCounts
} {
  const judge = openRules(hour, judged.users)
  const grouped = hour.users ?? groupByUser(judged.kept, rows, hour.slateItems)
  const judges = new Map<string, ReturnType<typeof judge>>()
  const kept: EventRow[] = []
  const excluded: Partial<Record<ExclusionRule, number>> = {}
  const users: Record<string, Set<string>> = {}
  const counts = openUserCounts()
  for (const row of rows) {
    let find = judges.get(row.user)
    if (!find) {
      find = judge(grouped.get(row.user)!)
      judges.set(row.user, find)
    }
    const hit = find(row)
    counts.add(row.user, hit?.reason ?? null)
    if (hit === null) {
      kept.push(row)
      continue
    }
    excluded[hit.reason] = (excluded[hit.reason] ?? 0) + 1
    if (hit.remembersUsers) users[hit.reason] = (users[hit.reason] ?? new Set()).add(row.user)
  }
  return {
    kept,
    excluded,
    users: Object.fromEntries(
      Object.entries(users).map(([rule, found]) => [rule, [...found].sort()]),
    ),
    counts: counts.counts(),
  }
}
