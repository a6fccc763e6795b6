import { floorHour } from '../contract/time.ts'
import type { VerdictHour, VerdictReport } from '../contract/verdict-report.ts'
import type { Finding, VerdictRow } from '../contract/verdicts.ts'
import type { VisitedEvent } from './corrections.ts'
import type { Judgement } from './judge.ts'
import type { Match } from './match.ts'

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
}
export const createCounted = (fromMs: number): CountedVerdicts => ({
  fromMs,
  hours: new Map(),
  items: new Map(),
})

/** Counts one kept event. Memory: a few numbers an hour, an item, and a drop with excluded events. */
export function countVerdict(
  { fromMs, hours, items }: CountedVerdicts,
  row: VisitedEvent,
  match: Match | null,
): void {
  if (row.timeMs < fromMs) return
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

/** What a screening reports of its verdicts. Pure. */
export function reportVerdicts(
  counted: CountedVerdicts,
  findings: readonly Finding[],
  { verdicts, counts }: Judgement,
): VerdictReport {
  const actions: Record<string, number> = {}
  for (const { action } of verdicts) actions[action] = (actions[action] ?? 0) + 1
  const { found, renewed, expired, cleared } = counts
  const topItems = [...counted.items]
    .sort(([a, x], [b, y]) => y.before - x.before || compareText(a, b))
    .slice(0, TOP_ITEMS)
    .map(([item, sums]) => ({ item, ...sums }))
  return {
    hours: [...counted.hours].map(hourOf).sort((a, b) => a.hourMs - b.hourMs),
    detectors: detectorsOf(findings, verdicts),
    actions,
    changes: { found, renewed, expired, cleared },
    recall: null,
    redraws: { runs: 0, findings: 0, events: 0 },
    holdback: null,
    honeypots: null,
    topItems,
  }
}
