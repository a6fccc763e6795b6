import type { ExcludedUsers } from '../contract/accounts.ts'
import type { EventRow } from '../contract/rows.ts'

/**
 * General invalid traffic that is visible within one hour (MRC 2015, "Invalid Traffic Detection and
 * Filtration").
 */
export const EXCLUSION_RULES = [
  'declared_bot',
  'impossible_rate',
  'outcome_before_impression',
] as const
export type ExclusionRule = (typeof EXCLUSION_RULES)[number]

/** Agents that declare themselves: crawlers, link previews, and command-line tools. */
const DECLARED_BOT =
  /bots?\b|crawl|spider|slurp|headless|facebookexternalhit|\b(curl|wget|python)\b/i
export const isDeclaredBotAgent = (agent: string): boolean => DECLARED_BOT.test(agent)
/**
 * A person does not make more than twenty outcomes in less than ten seconds: more than two a second
 * is faster than a hand on a slate, and much faster than reading.
 */
const MAX_OUTCOMES = 20
const WINDOW_MS = 10_000

function isDeclaredBot({ context }: EventRow): boolean {
  if (context === null || !/agent/i.test(context)) return false
  const attributes = JSON.parse(context) as Record<string, unknown>
  return ['agent', 'userAgent', 'user_agent'].some((name) =>
    isDeclaredBotAgent(String(attributes[name] ?? '')),
  )
}

/** The fields that the rules use. */
export type JudgedRow = Pick<EventRow, 'type' | 'user' | 'item' | 'request' | 'timeMs'>
/** What earlier closings of the hour decided: the kept events, and the users that were excluded. */
export interface Judged {
  kept: readonly JudgedRow[]
  users: ExcludedUsers
}

/**
 * Users with more outcomes within ten seconds than a person makes. The rows must be in order of
 * time.
 */
function impossiblyFast(rows: readonly JudgedRow[]): Set<string> {
  const times = new Map<string, number[]>()
  for (const { type, user, timeMs } of rows) {
    if (type !== 'outcome') continue
    const list = times.get(user)
    if (list) list.push(timeMs)
    else times.set(user, [timeMs])
  }
  const found = new Set<string>()
  for (const [user, list] of times)
    if (
      list.some(
        (timeMs, i) => timeMs - (list[i - MAX_OUTCOMES] ?? Number.NEGATIVE_INFINITY) < WINDOW_MS,
      )
    )
      found.add(user)
  return found
}

/** Identifies an item of a slate, for any user. */
export const slateItem = ({ request, item }: Pick<JudgedRow, 'request' | 'item'>): string =>
  `${request}\n${item}`

/** When each item of a slate was first shown. */
function firstShown(rows: readonly JudgedRow[]): Map<string, number> {
  const shownMs = new Map<string, number>()
  for (const row of rows)
    if (row.type === 'impression' && row.request !== null) {
      const id = slateItem(row)
      if (!shownMs.has(id)) shownMs.set(id, row.timeMs)
    }
  return shownMs
}

/**
 * Splits an hour's events into kept and excluded, in order of time. The first rule that applies
 * gives the reason. All events of a bot or an impossibly fast user are excluded. Otherwise only an
 * outcome before its own impression is. Late arrivals are decided together with the earlier
 * decisions in `judged`: an excluded user stays excluded, and rates count all events. `users` are
 * those excluded now. `shownMs` has the first times of slate items, if `rows` are only a part of
 * the hour.
 */
export function applyRules(
  rows: readonly EventRow[],
  judged: Judged = { kept: [], users: {} },
  shownMs?: ReadonlyMap<string, number>,
): {
  kept: EventRow[]
  excluded: Partial<Record<ExclusionRule, number>>
  users: ExcludedUsers
} {
  const all = [...judged.kept, ...rows].sort((a, b) => a.timeMs - b.timeMs)
  const foundBy = {
    declared_bot: new Set(rows.filter(isDeclaredBot).map(({ user }) => user)),
    impossible_rate: impossiblyFast(all),
  }
  for (const rule of ['declared_bot', 'impossible_rate'] as const)
    for (const user of judged.users[rule] ?? []) foundBy[rule].add(user)
  const firstMs = shownMs ?? firstShown(all)
  const reasonOf = (row: EventRow): ExclusionRule | null => {
    if (foundBy.declared_bot.has(row.user)) return 'declared_bot'
    if (foundBy.impossible_rate.has(row.user)) return 'impossible_rate'
    const impressionMs = row.type === 'outcome' ? firstMs.get(slateItem(row)) : undefined
    return impressionMs !== undefined && row.timeMs < impressionMs
      ? 'outcome_before_impression'
      : null
  }
  const kept: EventRow[] = []
  const excluded: Partial<Record<ExclusionRule, number>> = {}
  const users: Record<string, Set<string>> = {}
  for (const row of rows) {
    const reason = reasonOf(row)
    if (reason === null) {
      kept.push(row)
      continue
    }
    excluded[reason] = (excluded[reason] ?? 0) + 1
    if (reason !== 'outcome_before_impression')
      users[reason] = (users[reason] ?? new Set()).add(row.user)
  }
  return {
    kept,
    excluded,
    users: Object.fromEntries(
      Object.entries(users).map(([rule, found]) => [rule, [...found].sort()]),
    ),
  }
}
