import * as Plot from '@observablehq/plot'
import type { Findings } from './collect.ts'
import { COLOURS, draw, legend } from './document.ts'

type Version = Findings['versions'][number]
type Metric = 'auc' | 'normalizedEntropy' | 'calibrationRatio'

function pointsOf(versions: readonly Version[], metric: Metric) {
  return versions.flatMap(({ version, tier, nextInterval }) =>
    nextInterval.flatMap(({ dataFromMs, dataThroughMs, scores }) => {
      const value = scores[metric]
      if (value === null) return []
      const interval = `${new Date(dataFromMs).toISOString().slice(0, 10)}, ${scores.rows} rows`
      return [
        {
          at: new Date((dataFromMs + dataThroughMs) / 2),
          value,
          tier,
          title: `${version}\n${metric} ${value.toFixed(4)} on ${interval}`,
        },
      ]
    }),
  )
}

/** One metric over time: each point a version on the interval that came after its data. */
function drawMetric(
  versions: readonly Version[],
  metric: Metric,
  label: string,
  reference: number,
): string {
  const points = pointsOf(versions, metric)
  if (points.length === 0) return `<p class="quiet">No interval has defined ${label} yet.</p>`
  return draw({
    height: 220,
    x: { type: 'utc', label: null },
    y: { label, grid: true, nice: true },
    marks: [
      Plot.ruleY([reference], { stroke: '#8c959f', strokeDasharray: '4,4' }),
      Plot.lineY(points, {
        x: 'at',
        y: 'value',
        z: 'tier',
        stroke: (point: (typeof points)[number]) => COLOURS[point.tier],
        strokeOpacity: 0.6,
      }),
      Plot.dot(points, {
        x: 'at',
        y: 'value',
        r: 3,
        fill: (point: (typeof points)[number]) => COLOURS[point.tier],
        title: 'title',
      }),
    ],
  })
}

/** Quality over time, by progressive validation. The dashed line is a model that knows nothing, or perfect calibration. */
export const drawQuality = (versions: readonly Version[]): string =>
  [
    legend([
      ['after a full training', COLOURS.full],
      ['after a daily increment', COLOURS.daily],
      ['after an hourly increment', COLOURS.hourly],
    ]),
    drawMetric(versions, 'normalizedEntropy', 'normalized entropy (lower is better)', 1),
    drawMetric(versions, 'auc', 'AUC (higher is better)', 0.5),
    drawMetric(versions, 'calibrationRatio', 'calibration ratio', 1),
  ].join('')
