import type { Duration } from 'aws-cdk-lib'
import { Metric, Stats, Unit } from 'aws-cdk-lib/aws-cloudwatch'
import { DIMENSIONS } from '../functions/contract/stage.ts'
import type { Tier } from '../functions/contract/training.ts'
import type { Settings } from './config.ts'
import { metricsNamespace } from './environment.ts'
import { METRICS, type MetricName } from './rooms.ts'

/** Counts are summed. Of ages the greatest counts, of shares the smallest. */
const KINDS = {
  Count: { statistic: Stats.SUM, unit: Unit.COUNT },
  Seconds: { statistic: Stats.MAXIMUM, unit: Unit.SECONDS },
  Percent: { statistic: Stats.MINIMUM, unit: Unit.PERCENT },
} as const

/** A metric that the stages write. */
export function stageMetric(
  settings: Settings,
  name: MetricName,
  measured: { scene: string; tier?: Tier },
  period: Duration,
): Metric {
  const metric = METRICS[name]
  const { unit } = metric
  const values: Record<string, string | undefined> = { ...measured }
  return new Metric({
    namespace: metricsNamespace(settings),
    metricName: name,
    dimensionsMap: Object.fromEntries(DIMENSIONS[metric.of].map((key) => [key, values[key]!])),
    ...KINDS[unit],
    label: measured.tier && metric.of === 'tier' ? `${name} ${measured.tier}` : name,
    period,
  })
}
