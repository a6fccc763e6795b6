import { TIERS } from '../contract/training.ts'
import type { Decision } from './findings.ts'

/** Consecutive decisions that share one line, in order of time. Never empty. */
export type Fold = readonly [Decision, ...Decision[]]

/**
 * Numbers, dates, instants and version ids: the parts that differ between decisions of one kind.
 */
const VARYING =
  /(?<![\w.-])(?:\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}Z)?|[+-]?\d+(?:,\d{3})*(?:\.\d+)?(?![\w-])|(?:full|daily|hourly)-[\w-]+)/g

const patternOf = (reason: string): string => reason.replace(VARYING, '…')

const isHourlyRelease = ({ kind, tier, from }: Decision): boolean =>
  tier === 'hourly' && (kind === 'flip' || (kind === 'canary' && from !== null))

/** Events of every hour that matter only together: releases, and hours with too few samples. */
const isRoutine = (decision: Decision): boolean =>
  isHourlyRelease(decision) || (decision.tier === 'hourly' && decision.kind === 'skip')

/**
 * Two decisions are alike if they have the same kind, tier and reason (except for its numbers), and
 * do not change what is served.
 */
const isAlike = (a: Decision, b: Decision): boolean =>
  a.scene === b.scene &&
  a.kind === b.kind &&
  a.tier === b.tier &&
  a.from === a.to &&
  b.from === b.to &&
  patternOf(a.reason) === patternOf(b.reason)

/** Splits decisions into runs of routine or similar ones. Every decision is kept, in order. */
export function foldDecisions(decisions: readonly Decision[]): Fold[] {
  const folds: [Decision, ...Decision[]][] = []
  for (const decision of decisions) {
    const first = folds.at(-1)?.[0]
    const isSame =
      first && first.scene === decision.scene && isRoutine(first) && isRoutine(decision)
    if (first && (isSame || isAlike(first, decision))) folds.at(-1)!.push(decision)
    else folds.push([decision])
  }
  return folds
}

/** `11` and `19` become `11 to 19`. Equal numbers stay, and other parts that differ become `…`. */
function mergeParts(parts: readonly string[]): string {
  const values = parts.map((part) => Number(part.replaceAll(',', '')))
  if (parts.every((part) => part === parts[0])) return parts[0]!
  if (values.some(Number.isNaN)) return '…'
  const [low, high] = [Math.min(...values), Math.max(...values)]
  return `${parts[values.indexOf(low)]} to ${parts[values.indexOf(high)]}`
}

/** A sentence with more ranges is unreadable. The last reason is shown instead. */
const MAX_RANGES = 2

/** Merges reasons of one pattern: `11 to 19 samples, fewer than the 20 that training needs`. */
export function mergeReasons(reasons: readonly string[]): string {
  const parts = reasons.map((reason) => reason.match(VARYING) ?? [])
  const last = `the last: ${reasons.at(-1)}`
  if (parts.some(({ length }) => length !== parts[0]!.length)) return last
  const merged = parts[0]!.map((_, i) => mergeParts(parts.map((own) => own[i]!)))
  if (merged.filter((text, i) => text !== parts[0]![i]).length > MAX_RANGES) return last
  let next = 0
  return reasons[0]!.replace(VARYING, () => merged[next++]!)
}

const DONE: Record<Decision['kind'], string> = {
  flip: 'released to all',
  canary: 'released to the challenger’s share',
  promotion: 'promoted',
  skip: 'skipped',
  refusal: 'refused',
  failure: 'failed',
  rollback: 'rolled back',
  withdrawal: 'withdrawn',
  exclusion: 'excluded',
  hold: 'held',
  thaw: 'let run again',
  flag: 'flagged',
  clear: 'cleared',
  erasure: 'erased a person',
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`)

/** The decisions of a fold, counted by kind and reason, with merged reasons. */
export function countFold(fold: Fold): { done: string; count: number; why: string | null }[] {
  const byPattern = new Map<string, Decision[]>()
  for (const decision of fold) {
    // The reasons of releases always differ in their numbers, so they are not shown.
    const why = isHourlyRelease(decision) ? '' : patternOf(decision.reason)
    const key = `${decision.kind} ${why}`
    byPattern.set(key, [...(byPattern.get(key) ?? []), decision])
  }
  return [...byPattern.values()].map((own) => ({
    done: DONE[own[0]!.kind],
    count: own.length,
    why: isHourlyRelease(own[0]!) ? null : mergeReasons(own.map(({ reason }) => reason)),
  }))
}

/**
 * A fold in one line: `hourly skipped 41 times: 11 to 19 samples, fewer than the 20 that training
 * needs`.
 */
export function describeFold(fold: Fold): string {
  const { tier } = fold[0]
  const who = (TIERS as readonly string[]).includes(tier) ? `${tier} ` : ''
  const parts = countFold(fold).map(
    ({ done, count, why }) => `${done} ${times(count)}${why === null ? '' : `: ${why}`}`,
  )
  return `${who}${parts.join('; ')}`
}
