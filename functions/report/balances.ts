import * as Plot from '@observablehq/plot'
import { DAY_MS, floorDay } from '../contract/time.ts'
import { COLOURS, draw, legend, TIME_AXIS } from './document.ts'
import type { Findings } from './findings.ts'
import { formatDay, formatNumber } from './format.ts'

const total = (byReason: Readonly<Record<string, number>>): number =>
  Object.values(byReason).reduce((a, b) => a + b, 0)

/** Accepted events by day: kept, duplicates, and those that a rule excluded. */
export function drawClosedDays(hours: Findings['hours']): string {
  const days = new Map<number, { kept: number; duplicates: number; excluded: number }>()
  for (const { hourMs, kept, duplicates, excluded } of hours) {
    const day = floorDay(hourMs)
    const sums = days.get(day) ?? { kept: 0, duplicates: 0, excluded: 0 }
    sums.kept += kept
    sums.duplicates += duplicates
    sums.excluded += total(excluded)
    days.set(day, sums)
  }
  const parts = ['kept', 'duplicates', 'excluded'] as const
  const bars = [...days]
    .sort(([a], [b]) => a - b)
    .flatMap(([day, sums]) =>
      parts.map((part) => ({
        from: new Date(day),
        through: new Date(day + DAY_MS),
        part,
        events: sums[part],
        title: `${formatDay(day)}: ${formatNumber(sums[part])} ${part}`,
      })),
    )
  if (bars.length === 0) return '<p class="quiet">No hour has been closed yet.</p>'
  const figure = draw('Bars by day: accepted events that were kept, duplicates, or excluded', {
    height: 220,
    x: TIME_AXIS,
    y: { label: 'events by event day', grid: true },
    marks: [
      Plot.rectY(
        bars,
        Plot.stackY({
          x1: 'from',
          x2: 'through',
          y: 'events',
          fill: (bar: (typeof bars)[number]) => COLOURS[bar.part],
          order: [...parts].map((part) => COLOURS[part]),
          title: 'title',
          inset: 0.5,
        }),
      ),
      Plot.ruleY([0]),
    ],
  })
  return legend(parts.map((part) => [part, COLOURS[part]] as const)) + figure
}

/** Counts by reason, the most frequent first, one bar per reason. */
export function drawReasons(reasons: Readonly<Record<string, number>>, label: string): string {
  const bars = Object.entries(reasons)
    .map(([reason, count]) => ({ reason, count }))
    .sort((a, b) => b.count - a.count)
  if (bars.length === 0) return `<p class="quiet">No ${label}.</p>`
  return draw(`Bars by reason: ${label}`, {
    height: 40 + 22 * bars.length,
    marginLeft: 220,
    marginRight: 60,
    x: { label: null, grid: true },
    y: { label: null, domain: bars.map(({ reason }) => reason) },
    marks: [
      Plot.barX(bars, { x: 'count', y: 'reason', fill: COLOURS.excluded, fillOpacity: 0.8 }),
      Plot.text(bars, {
        x: 'count',
        y: 'reason',
        text: (bar: (typeof bars)[number]) => formatNumber(bar.count),
        textAnchor: 'start',
        dx: 4,
      }),
    ],
  })
}
