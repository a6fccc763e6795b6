import * as Plot from '@observablehq/plot'
import { DAY_MS } from '../contract/time.ts'
import { groupChains, isOfDays, type Metric } from './chains.ts'
import { COLOURS, draw, legend, TIME_AXIS } from './document.ts'
import type { Findings, Version } from './findings.ts'
import { formatInstant, formatNumber } from './format.ts'

interface Point {
  at: Date
  value: number
  rows: number
  fill: string
  title: string
}

const titleOf = (version: string, metric: Metric, value: number, fromMs: number, rows: number) =>
  `${version}\n${metric} ${value.toFixed(4)} from ${formatInstant(fromMs)}, ${formatNumber(rows)} rows`

/** Fulls and dailies on the whole interval after their data. */
function basePoints(versions: readonly Version[], metric: Metric): Point[] {
  return versions
    .filter(({ tier }) => tier !== 'hourly')
    .flatMap(({ version, tier, nextInterval }) =>
      nextInterval
        .filter(isOfDays)
        .flatMap(({ dataFromMs, dataThroughMs, scores: { rows, [metric]: value } }) => {
          if (value === null) return []
          const at = new Date((dataFromMs + dataThroughMs) / 2)
          const title = titleOf(version, metric, value, dataFromMs, rows)
          return [{ at, value, rows, fill: COLOURS[tier], title }]
        }),
    )
}

/** Chains and their bases, hour by hour, on the same rows. */
function hourPoints(versions: readonly Version[], metric: Metric) {
  return groupChains(versions)
    .flatMap(({ base, comparisons }) =>
      comparisons.flatMap(({ fromMs, throughMs, head, chain, base: theirs }) => {
        const [value, baseValue] = [chain[metric], theirs[metric]]
        if (value === null || baseValue === null) return []
        const at = new Date((fromMs + throughMs) / 2)
        const title = `${titleOf(head, metric, value, fromMs, chain.rows)}\n${base.version} ${baseValue.toFixed(4)}`
        return [{ at, value, baseValue, rows: chain.rows, fill: COLOURS.hourly, title }]
      }),
    )
    .sort((a, b) => a.at.getTime() - b.at.getTime())
}

/** Mean of the 24 hours up to each point, weighted by rows, because single hours have few users. */
function dayMeans(points: ReturnType<typeof hourPoints>) {
  let first = 0
  return points.map(({ at }, i) => {
    while (points[first]!.at.getTime() <= at.getTime() - DAY_MS) first++
    const window = points.slice(first, i + 1)
    const rows = window.reduce((sum, point) => sum + point.rows, 0)
    const mean = (pick: (point: (typeof points)[number]) => number): number =>
      window.reduce((sum, point) => sum + point.rows * pick(point), 0) / rows
    return { at, chain: mean(({ value }) => value), base: mean(({ baseValue }) => baseValue) }
  })
}

function drawMetric(
  versions: readonly Version[],
  metric: Metric,
  label: string,
  reference: number,
  relapses: readonly Date[],
): string {
  const bases = basePoints(versions, metric)
  const hours = hourPoints(versions, metric)
  const points = [...bases, ...hours]
  if (points.length === 0) return `<p class="quiet">No interval has been scored yet: ${label}.</p>`
  const means = dayMeans(hours)
  const byTier = (tier: 'full' | 'daily') => bases.filter(({ fill }) => fill === COLOURS[tier])
  // Hours with few users scatter widely, so the scale covers the middle 96 per cent.
  const values = points.map(({ value }) => value).sort((a, b) => a - b)
  const at = (share: number): number => values[Math.round(share * (values.length - 1))]!
  const own = bases.map(({ value }) => value)
  const domain = [Math.min(at(0.02), reference, ...own), Math.max(at(0.98), reference, ...own)]
  return draw(`Dots and lines over time: ${label}, by tier`, {
    height: 230,
    x: TIME_AXIS,
    y: { label, grid: true, nice: true, domain, clamp: true },
    marks: [
      Plot.ruleY([reference], { stroke: COLOURS.quiet, strokeDasharray: '4,4' }),
      Plot.ruleX(relapses, { stroke: COLOURS.refused, strokeWidth: 1.5, strokeDasharray: '2,3' }),
      Plot.dot(hours, {
        x: 'at',
        y: 'value',
        r: 1.8,
        fill: 'fill',
        fillOpacity: 0.5,
        title: 'title',
      }),
      Plot.lineY(means, { x: 'at', y: 'base', stroke: COLOURS.daily, strokeWidth: 1.5 }),
      Plot.lineY(means, { x: 'at', y: 'chain', stroke: COLOURS.hourly, strokeWidth: 2.5 }),
      ...(['daily', 'full'] as const).flatMap((tier) => [
        Plot.dot(byTier(tier), {
          x: 'at',
          y: 'value',
          r: 5,
          fill: 'fill',
          stroke: COLOURS.ground,
          title: 'title',
        }),
      ]),
    ],
  })
}

/** Quality over time by tier, by progressive validation; dotted upright lines are rollbacks. */
export function drawQuality(
  versions: readonly Version[],
  decisions: Findings['releases'] = [],
): string {
  const relapses = decisions
    .filter(({ kind }) => kind === 'rollback')
    .map(({ timeMs }) => new Date(timeMs))
  const one = (metric: Metric, label: string, reference: number): string =>
    drawMetric(versions, metric, label, reference, relapses)
  return [
    legend([
      ['dots: a full on the day after its data', COLOURS.full],
      ['dots: a daily on the day after; line: the base alone, mean of 24 hours', COLOURS.daily],
      ['dots: the hourly chain on its next hour; line: mean of 24 hours', COLOURS.hourly],
    ]),
    one('normalizedEntropy', 'normalized entropy (lower is better)', 1),
    one('auc', 'AUC (higher is better)', 0.5),
    one('calibrationRatio', 'calibration ratio', 1),
  ].join('')
}
