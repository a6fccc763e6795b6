import type { Match } from '../contract/match.ts'
import { floorHour } from '../contract/time.ts'
import type {
  Redraws,
  ShardAccount,
  VerdictHour,
  VerdictReport,
} from '../contract/verdict-report.ts'
import type { Finding, VerdictRow } from '../contract/verdicts.ts'
import type { VisitedEvent } from './corrections.ts'
import type { Judgement } from './judge.ts'
import { countHoldback, type MeasuredHoldback } from './measure-holdback.ts'
import { recaptureUsers } from './recapture.ts'

/** Items of the report. */
const TOP_ITEMS = 20

interface CountedHour {
  events: number
  excluded: Record<string, number>
  weighed: Record<string, number>
  /** Excluded events by drop. */
  drops: Map<string, number>
}
/** What the verdicts do to the kept events of a window, by hour and by item. */
export interface CountedVerdicts {
  fromMs: number
  hours: Map<number, CountedHour>
  /** Outcomes of each item, and those that are not excluded. */
  items: Map<string, { before: number; after: number }>
  /** Items that no person is shown, and the events on them. */
  honeypots: { items: ReadonlySet<string>; events: number; users: Set<string> }
  holdback: MeasuredHoldback
}
export const createCounted = (
  fromMs: number,
  honeypots: readonly string[],
  holdback: MeasuredHoldback,
): CountedVerdicts => ({
  fromMs,
  hours: new Map(),
  items: new Map(),
  honeypots: { items: new Set(honeypots), events: 0, users: new Set() },
  holdback,
})

/** Counts one kept event. Memory: a few numbers an hour, an item, and a drop with excluded events. */
export function countVerdict(
  { fromMs, hours, items, honeypots, holdback }: CountedVerdicts,
  row: VisitedEvent,
  match: Match | null,
): void {
  if (row.timeMs < fromMs) return
  countHoldback(holdback, row)
  if (honeypots.items.has(row.item)) {
    honeypots.events++
    honeypots.users.add(row.user)
  }
  const hourMs = floorHour(row.timeMs)
  let hour = hours.get(hourMs)
  if (!hour) {
    hour = { events: 0, excluded: {}, weighed: {}, drops: new Map() }
    hours.set(hourMs, hour)
  }
  hour.events++
  const isExcluded = match?.action === 'exclude'
  if (isExcluded) {
    hour.excluded[match.reason] = (hour.excluded[match.reason] ?? 0) + 1
    hour.drops.set(row.drop, (hour.drops.get(row.drop) ?? 0) + 1)
  } else if (match?.action === 'weigh')
    hour.weighed[match.reason] = (hour.weighed[match.reason] ?? 0) + 1
  if (row.type !== 'outcome') return
  let item = items.get(row.item)
  if (!item) {
    item = { before: 0, after: 0 }
    items.set(row.item, item)
  }
  item.before++
  if (!isExcluded) item.after++
}

const sumBy = <T>(values: readonly T[], numberOf: (value: T) => number): number =>
  values.reduce((sum, value) => sum + numberOf(value), 0)
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function hourOf([hourMs, { events, excluded, weighed, drops }]: [
  number,
  CountedHour,
]): VerdictHour {
  const [drop] = [...drops].sort(([a, x], [b, y]) => y - x || compareText(a, b))
  return {
    hourMs,
    events,
    excluded,
    weighed,
    ...(drop && { drop: { drop: drop[0], events: drop[1] } }),
  }
}

/** How often each detector found something, and the verdicts that rest on it. */
function detectorsOf(
  findings: readonly Finding[],
  verdicts: readonly VerdictRow[],
): VerdictReport['detectors'] {
  const detectors: VerdictReport['detectors'] = {}
  const sumsOf = (name: string) => {
    detectors[name] ??= { findings: 0, verdicts: 0, events: 0 }
    return detectors[name]
  }
  for (const { detector, events } of findings) {
    sumsOf(detector).findings++
    sumsOf(detector).events += events
  }
  for (const { detectors: names } of verdicts)
    for (const name of JSON.parse(names) as string[]) sumsOf(name).verdicts++
  return detectors
}

/** By the two kinds of evidence with the most users in common: their estimate varies least. */
function estimateRecall(findings: readonly Finding[]): VerdictReport['recall'] {
  const [best] = recaptureUsers(findings).sort((a, b) => b.both - a.both)
  if (!best) return null
  return {
    estimate: best.recall,
    low: best.seen / best.high,
    high: best.seen / best.low,
  }
}

/** Each shard draws its own events again: numbers of one redraw of all shards. */
const sumRedraws = (shards: readonly ShardAccount[]): Redraws => ({
  runs: shards.reduce((most, { redraws }) => Math.max(most, redraws.runs), 0),
  drawn: sumBy(shards, ({ redraws }) => redraws.drawn),
  findings: sumBy(shards, ({ redraws }) => redraws.findings),
  events: sumBy(shards, ({ redraws }) => redraws.events),
})

/** What a screening reports of its verdicts. `findings` has no agreement. Pure. */
export function reportVerdicts(
  counted: CountedVerdicts,
  findings: readonly Finding[],
  { verdicts, counts }: Judgement,
  shards: readonly ShardAccount[],
): VerdictReport {
  const actions: Record<string, number> = {}
  for (const { action } of verdicts) actions[action] = (actions[action] ?? 0) + 1
  const { found, renewed, expired, cleared } = counts
  const { honeypots, holdback } = counted
  const topItems = [...counted.items]
    .sort(([a, x], [b, y]) => y.before - x.before || compareText(a, b))
    .slice(0, TOP_ITEMS)
    .map(([item, sums]) => ({ item, ...sums }))
  return {
    hours: [...counted.hours].map(hourOf).sort((a, b) => a.hourMs - b.hourMs),
    detectors: detectorsOf(findings, verdicts),
    actions,
    changes: { found, renewed, expired, cleared },
    recall: estimateRecall(findings),
    redraws: sumRedraws(shards),
    holdback: holdback.counts.verdicts > 0 ? holdback.counts : null,
    honeypots:
      honeypots.items.size > 0
        ? { items: honeypots.items.size, events: honeypots.events, users: honeypots.users.size }
        : null,
    topItems,
  }
}
