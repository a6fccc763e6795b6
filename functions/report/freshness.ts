import * as Plot from '@observablehq/plot'
import type { RunTimes } from '../contract/summary.ts'
import { HOUR_MS } from '../contract/time.ts'
import { TIERS, type Tier } from '../contract/training.ts'
import { quantileOfSorted } from '../math/quantile.ts'
import { COLOURS, draw, legend, TIME_AXIS, table } from './document.ts'
import { formatDuration } from './format.ts'
import type { ServedSpan } from './served.ts'

/**
 * Age of the newest data that a served model learned in one tier or in the tiers below, in hours of
 * event time.
 */
export interface Freshness {
  tier: Tier
  /** Median age when it is first served. */
  whenServed: number
  /** Mean over the time served, and the largest age. */
  mean: number
  max: number
}

interface Stretch {
  tier: Tier
  fromMs: number
  throughMs: number
  dataThroughMs: number
}

/** One stretch per span and tier with a trained version. The open span ends with the run. */
function stretchesOf(spans: readonly ServedSpan[], endMs: number): Stretch[] {
  const tiers = TIERS.filter((tier) => spans.some(({ version }) => version.tier === tier))
  const shown = tiers.includes('hourly') ? TIERS : tiers
  return spans.flatMap(({ fromMs, throughMs, layers }) =>
    shown.map((tier) => ({
      tier,
      fromMs,
      throughMs: throughMs ?? Math.max(endMs, fromMs),
      dataThroughMs: layers[tier].throughMs,
    })),
  )
}

export function measureFreshness(spans: readonly ServedSpan[], endMs: number): Freshness[] {
  const stretches = stretchesOf(spans, endMs)
  return TIERS.flatMap((tier) => {
    const own = stretches.filter((stretch) => stretch.tier === tier)
    if (own.length === 0) return []
    const newly = own
      .filter(({ dataThroughMs }, i) => dataThroughMs > (own[i - 1]?.dataThroughMs ?? 0))
      .map(({ fromMs, dataThroughMs }) => (fromMs - dataThroughMs) / HOUR_MS)
      .sort((a, b) => a - b)
    let area = 0
    let served = 0
    let max = 0
    for (const { fromMs, throughMs, dataThroughMs } of own) {
      const oldest = (throughMs - dataThroughMs) / HOUR_MS
      const hours = (throughMs - fromMs) / HOUR_MS
      area += hours * (oldest - hours / 2)
      served += hours
      max = Math.max(max, oldest)
    }
    const mean = served > 0 ? area / served : max
    return [{ tier, whenServed: quantileOfSorted(newly, 0.5), mean, max }]
  })
}

const TICKS: readonly (readonly [hours: number, name: string])[] = [
  [1, '1 h'],
  [2, '2 h'],
  [4, '4 h'],
  [12, '12 h'],
  [24, '1 day'],
  [48, '2 days'],
  [168, '1 week'],
  [672, '4 weeks'],
  [2688, '16 weeks'],
]

/** Age of the newest served data by tier. It grows with time and falls at each flip. */
export function drawFreshness(spans: readonly ServedSpan[], endMs: number): string {
  const stretches = stretchesOf(spans, endMs)
  if (stretches.length === 0) return '<p class="quiet">Nothing has been served yet.</p>'
  const points = stretches.flatMap(({ tier, fromMs, throughMs, dataThroughMs }) =>
    [fromMs, throughMs].map((ms) => ({
      tier,
      at: new Date(ms),
      hours: Math.max(0.5, (ms - dataThroughMs) / HOUR_MS),
    })),
  )
  const most = points.reduce((max, { hours }) => Math.max(max, hours), 2)
  const least = points.reduce((min, { hours }) => Math.min(min, hours), 1)
  const relapses = spans.filter(({ by }) => by.kind === 'rollback')
  const figure = draw('Lines over time: the age of the newest served data, by tier', {
    height: 240,
    marginLeft: 68,
    x: TIME_AXIS,
    y: {
      type: 'log',
      label: 'age of the newest served data',
      grid: true,
      domain: [least, most * 1.1],
      ticks: TICKS.map(([hours]) => hours).filter((hours) => hours >= least && hours <= most * 1.1),
      tickFormat: (hours: number) =>
        TICKS.find(([tick]) => tick === hours)?.[1] ?? formatDuration(hours * HOUR_MS),
    },
    marks: [
      Plot.ruleX(relapses, {
        x: ({ fromMs }: ServedSpan) => new Date(fromMs),
        stroke: COLOURS.refused,
        strokeWidth: 1.5,
        strokeDasharray: '2,3',
      }),
      ...TIERS.map((tier) =>
        Plot.line(
          points.filter((point) => point.tier === tier),
          { x: 'at', y: 'hours', stroke: COLOURS[tier], strokeWidth: 1.5 },
        ),
      ),
    ],
  })
  return legend(TIERS.map((tier) => [`learned by the ${tier} tier`, COLOURS[tier]])) + figure
}

const inHours = (hours: number): string => formatDuration(hours * HOUR_MS)
const inSeconds = (seconds: number): string => formatDuration(seconds * 1000)

/** Freshness in event time, and run times by the clock of the machine. */
export const freshnessTable = (
  freshness: readonly Freshness[],
  runs: readonly RunTimes[],
): string =>
  table(
    [
      'tier',
      'age when first served',
      'mean age',
      'largest age',
      ...(runs.length > 0 ? ['runs', 'schedule to flip, median', 'longest'] : []),
    ],
    freshness.map(({ tier, whenServed, mean, max }) => {
      const run = runs.find((measured) => measured.tier === tier)
      return [
        tier,
        inHours(whenServed),
        inHours(mean),
        inHours(max),
        ...(runs.length === 0
          ? []
          : run
            ? [run.count, inSeconds(run.medianSeconds), inSeconds(run.maxSeconds)]
            : [null, null, null]),
      ]
    }),
  )
