import type { ExcludedUsers } from '../contract/accounts.ts'
import type { EventRow } from '../contract/rows.ts'

/** General invalid traffic that one hour can show (MRC 2015, "Invalid Traffic Detection and Filtration"). */
export const EXCLUSION_RULES = [
  'declared_bot',
  'impossible_rate',
  'outcome_before_impression',
] as const
export type ExclusionRule = (typeof EXCLUSION_RULES)[number]

/** Agents that say themselves what they are: crawlers, link previews, and tools without a person. */
const DECLARED_BOT =
  /bots?\b|crawl|spider|slurp|headless|facebookexternalhit|\b(curl|wget|python)\b/i
export const isDeclaredBotAgent = (agent: string): boolean => DECLARED_BOT.test(agent)
/**
 * Nobody means more than twenty outcomes in less than ten seconds: over two a second, sustained, is
 * past what a hand does on a slate, and far past reading what it clicks.
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

/** What the rules look at in a row. */
export type JudgedRow = Pick<EventRow, 'type' | 'user' | 'item' | 'request' | 'timeMs'>
/** What earlier closings of the hour have kept of it, and whom they have taken out whole. */
export interface Judged {
  kept: readonly JudgedRow[]
  users: ExcludedUsers
}

/** Users with more outcomes within ten seconds than a person makes; rows ascend by time. */
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

/** An item of a slate, for any user. */
export const slateItem = ({ request, item }: Pick<JudgedRow, 'request' | 'item'>): string =>
  `${request}\n${item}`

/** Of each slate's item the time at which it was shown first. */
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
 * Sorts an hour's events, ascending by time, into kept and excluded, the first rule that applies
 * giving the reason. A bot's and an impossibly fast user's events go whole; of the rest only the
 * outcome that came before its own impression. What comes late is judged beside what was `judged`
 * before: whoever was taken out stays out, and rates go over both. `users`: who went whole now.
 * `shownMs` says when a slate's item was shown first, where these rows are not all of the hour.
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
    users: Object.fromEntries(Object.entries(users).map(([rule, of]) => [rule, [...of].sort()])),
  }
}
