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

/** Users with more outcomes within ten seconds than a person makes. */
function impossiblyFast(rows: readonly EventRow[]): Set<string> {
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

/**
 * Sorts an hour's events, ascending by time, into kept and excluded, the first rule that applies
 * giving the reason. A bot's and an impossibly fast user's events go whole; of the rest only the
 * outcome that came before its own impression.
 */
export function applyRules(rows: readonly EventRow[]): {
  kept: EventRow[]
  excluded: Partial<Record<ExclusionRule, number>>
} {
  const bots = new Set(rows.filter(isDeclaredBot).map(({ user }) => user))
  const fast = impossiblyFast(rows)
  const shownMs = new Map<string, number>()
  for (const { type, request, item, timeMs } of rows)
    if (type === 'impression' && request !== null) {
      const id = `${request}\n${item}`
      if (!shownMs.has(id)) shownMs.set(id, timeMs)
    }
  const reasonOf = (row: EventRow): ExclusionRule | null => {
    if (bots.has(row.user)) return 'declared_bot'
    if (fast.has(row.user)) return 'impossible_rate'
    const impressionMs =
      row.type === 'outcome' ? shownMs.get(`${row.request}\n${row.item}`) : undefined
    return impressionMs !== undefined && row.timeMs < impressionMs
      ? 'outcome_before_impression'
      : null
  }
  const kept: EventRow[] = []
  const excluded: Partial<Record<ExclusionRule, number>> = {}
  for (const row of rows) {
    const reason = reasonOf(row)
    if (reason === null) kept.push(row)
    else excluded[reason] = (excluded[reason] ?? 0) + 1
  }
  return { kept, excluded }
}
