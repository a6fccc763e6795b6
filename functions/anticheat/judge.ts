import type { Statement } from '../contract/anticheat.ts'
import type { Action } from '../contract/match.ts'
import { DAY_MS, floorDay } from '../contract/time.ts'
import type { Finding, Subject, VerdictRow } from '../contract/verdicts.ts'
import { AGREEMENT } from './agreement.ts'
import { type Holdback, isHeldBack } from './holdback.ts'
import { ALWAYS, contains, cutWindow, hullOf, isAlways, joinWindows, overlap } from './windows.ts'

/** A verdict holds this long after the last screening that found it. */
export const EXPIRY_MS = 35 * DAY_MS

/** The reason of a verdict that an operator cleared. Its detectors are on record, its action is `watch`. */
export const CLEARED = 'cleared'

export interface JudgeInputs {
  /** Of all detectors and shards, and each shard's `agreementOf`. Without it, no account is whole. */
  findings: readonly Finding[]
  /** The rows of the newest snapshot. */
  previous: readonly VerdictRow[]
  statements: readonly Statement[]
  /** The time of this screening, or of the operator's statement that makes this snapshot. */
  screenedMs: number
  holdback: Holdback
}
export interface Judgement {
  /** In a fixed order: by subject, id, window and items. */
  verdicts: VerdictRow[]
  /** How many verdicts are new, renewed, kept as they were, expired, cleared, held back. */
  counts: Record<'found' | 'renewed' | 'kept' | 'expired' | 'cleared' | 'heldBack', number>
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const inOrder = (a: VerdictRow, b: VerdictRow): number =>
  compareText(a.subject, b.subject) ||
  compareText(a.id, b.id) ||
  a.fromMs - b.fromMs ||
  a.throughMs - b.throughMs ||
  compareText(a.items, b.items) ||
  compareText(a.reason, b.reason)

const isOperators = ({ detectors }: VerdictRow): boolean => detectors === '[]'
const itemsOf = (items: readonly string[]): string => JSON.stringify([...new Set(items)].sort())

/** Lists by key, each in order of first appearance. */
function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const value of values) {
    const key = keyOf(value)
    const group = groups.get(key)
    if (group) group.push(value)
    else groups.set(key, [value])
  }
  return groups
}

/** The share of the covered events that the null model explains. */
const explainedBy = ({ events, expected }: Finding): number =>
  events > 0 ? Math.min(1, expected / events) : 0

/**
 * What follows from a finding. Covered events are excluded if the null model explains less than half of
 * them; otherwise each counts as much as the share that it explains. An item is only watched: events on
 * it are also those of honest users, and detectors name the users.
 */
function actionOf(subject: Subject, explained: number): [Action, number] {
  if (subject === 'item') return ['watch', 1]
  return explained < 0.5 ? ['exclude', 0] : ['weigh', explained]
}

/** One verdict from findings about the same subject and items whose windows meet. */
function verdictOf(findings: readonly Finding[], screenedMs: number): VerdictRow {
  const strongest = [...findings].sort(
    (a, b) => b.score - a.score || compareText(a.detector, b.detector),
  )[0]!
  const { subject, id, items } = strongest
  // The detector that is surest of the cheat decides what an event counts.
  const [action, weight] = actionOf(subject, Math.min(...findings.map(explainedBy)))
  return {
    subject,
    id,
    items: itemsOf(items),
    ...hullOf(findings),
    reason: strongest.detector,
    detectors: JSON.stringify([...new Set(findings.map(({ detector }) => detector))].sort()),
    score: strongest.score,
    action,
    weight,
    foundMs: screenedMs,
    renewedMs: screenedMs,
    expiresMs: screenedMs + EXPIRY_MS,
  }
}

/** In one day or two, an account can be stolen while its owner is away. */
const MIN_DAYS = 3

/**
 * Whether the whole account is a cheat: on all events of each of its days, two detectors of different
 * evidence agree, or the evidence is mechanical (see `agreementOf`). An owner whose account was stolen, or
 * who is paid for a part of the clicks, shows on a day of their own. Where the evidence is not mechanical,
 * a few days are too few to say so.
 */
function isWholeAccount(findings: readonly Finding[]): boolean {
  const agreements = findings.filter(({ detector }) => detector === AGREEMENT)
  if (agreements.length === 0 || agreements.some(({ expected }) => expected > 0)) return false
  const days = new Set(agreements.map(({ fromMs }) => floorDay(fromMs)))
  return days.size >= MIN_DAYS || agreements.every(({ evidence }) => evidence === 'mechanical')
}

/** Verdicts about one subject from its findings. */
function verdictsOn(findings: readonly Finding[], screenedMs: number): VerdictRow[] {
  const named = findings.filter(({ detector }) => detector !== AGREEMENT)
  if (named.length === 0) return []
  if (isWholeAccount(findings)) {
    const whole = named.map((finding) => ({ ...finding, items: [], expected: 0 }))
    return [{ ...verdictOf(whole, screenedMs), ...ALWAYS }]
  }
  const byItems = groupBy(named, ({ items }) => itemsOf(items))
  return [...byItems.values()].flatMap((group) =>
    joinWindows(group).map((meeting) => verdictOf(meeting, screenedMs)),
  )
}

const keyOf = ({ subject, id, items }: VerdictRow): string => `${subject}\n${id}\n${items}`

/** Rows of one subject and items whose windows meet, as one row. What is surest and strictest holds. */
function mergeRows(rows: readonly VerdictRow[]): VerdictRow {
  const strictest = [...rows].sort((a, b) => a.weight - b.weight || b.score - a.score)[0]!
  const detectors = rows.flatMap((row) => JSON.parse(row.detectors) as string[])
  return {
    ...strictest,
    ...hullOf(rows),
    detectors: JSON.stringify([...new Set(detectors)].sort()),
    foundMs: rows.reduce((least, { foundMs }) => Math.min(least, foundMs), strictest.foundMs),
  }
}

/**
 * New verdicts continue the previous ones of the same subject and items whose windows they meet: these
 * windows become one, found when the first of them was found.
 */
function renew(found: readonly VerdictRow[], previous: readonly VerdictRow[]): VerdictRow[] {
  const continued = found.map((row) => {
    // A whole account continues a whole account only: a window never grows to all time.
    const met = previous.filter((old) => overlap(row, old) && isAlways(old) === isAlways(row))
    const foundMs = met.reduce((least, old) => Math.min(least, old.foundMs), row.foundMs)
    return { ...row, ...hullOf([row, ...met]), foundMs }
  })
  return joinWindows(continued).map(mergeRows)
}

const flagOf = (statement: Statement): VerdictRow => ({
  subject: statement.subject,
  id: statement.id,
  items: itemsOf(statement.item === undefined ? [] : [statement.item]),
  fromMs: statement.fromMs,
  throughMs: statement.throughMs,
  reason: statement.reason,
  detectors: '[]',
  score: 0,
  action: 'exclude',
  weight: 0,
  foundMs: statement.saidMs,
  renewedMs: statement.saidMs,
  expiresMs: statement.untilMs,
})

/** Applies one statement. What a clear covers stays on record as `watch`. */
function applyStatement(rows: readonly VerdictRow[], statement: Statement): VerdictRow[] {
  if (statement.kind === 'flag') return [...rows, flagOf(statement)]
  return rows.flatMap((row) => {
    if (row.subject !== statement.subject || row.id !== statement.id) return [row]
    const { inside, outside } = cutWindow(row, statement)
    // A clear takes an earlier flag back. Both stand in the registry.
    if (isOperators(row)) return outside
    const cleared = { action: 'watch', weight: 1, reason: CLEARED }
    return [...outside, ...inside.map((part) => ({ ...part, ...cleared }))]
  })
}

/** Leaves out what a verdict on all events of the same subject covers with the same force. */
function dropCovered(rows: readonly VerdictRow[]): VerdictRow[] {
  const exclusions = groupBy(
    rows.filter(({ action, items }) => action === 'exclude' && items === '[]'),
    ({ subject, id }) => `${subject}\n${id}`,
  )
  return rows.filter(
    (row) =>
      row.reason === CLEARED ||
      isOperators(row) ||
      !(exclusions.get(`${row.subject}\n${row.id}`) ?? []).some(
        (other) =>
          other !== row &&
          !isOperators(other) &&
          contains(other, row) &&
          (row.items !== '[]' || !contains(row, other)),
      ),
  )
}

/**
 * Merges the findings of all detectors with the newest snapshot and the operator's statements. Pure:
 * the same inputs in any order give the same rows. A verdict is about a window, except where detectors
 * agree on a whole account; it keeps the time of its first finding and expires after `EXPIRY_MS` without
 * a new one. A later statement of the operator overrides an earlier one, and both override detectors.
 */
export function judge(inputs: JudgeInputs): Judgement {
  const { findings, previous, statements, screenedMs, holdback } = inputs
  const holds = previous.filter((row) => row.expiresMs > screenedMs && !isOperators(row))
  const previousByKey = groupBy(holds, keyOf)
  const bySubject = groupBy(findings, ({ subject, id }) => `${subject}\n${id}`)
  const ofFindings = [...bySubject.values()].flatMap((group) => verdictsOn(group, screenedMs))
  const found = [...groupBy(ofFindings, keyOf)].flatMap(([key, rows]) =>
    renew(rows, previousByKey.get(key) ?? []),
  )
  const foundByKey = groupBy(found, keyOf)
  const kept = holds.filter(
    (row) => !(foundByKey.get(keyOf(row)) ?? []).some((other) => contains(other, row)),
  )

  const spoken = statements
    .filter(({ untilMs, saidMs }) => saidMs <= screenedMs && screenedMs < untilMs)
    .sort((a, b) => a.saidMs - b.saidMs || compareText(JSON.stringify(a), JSON.stringify(b)))
  const stated = spoken.reduce<VerdictRow[]>(applyStatement, dropCovered([...found, ...kept]))
  const isHeld = (row: VerdictRow): boolean =>
    row.action !== 'watch' && !isOperators(row) && isHeldBack(row, holdback)
  const verdicts = stated
    .map((row) => (isHeld(row) ? { ...row, action: 'watch', weight: 1 } : row))
    .sort(inOrder)
  return {
    verdicts,
    counts: {
      found: found.filter(({ foundMs }) => foundMs === screenedMs).length,
      renewed: found.filter(({ foundMs }) => foundMs < screenedMs).length,
      kept: kept.length,
      expired: previous.filter((row) => row.expiresMs <= screenedMs).length,
      cleared: verdicts.filter(({ reason }) => reason === CLEARED).length,
      heldBack: stated.filter(isHeld).length,
    },
  }
}
