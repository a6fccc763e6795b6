import type { Duration } from 'aws-cdk-lib'
import { Metric, Stats, Unit } from 'aws-cdk-lib/aws-cloudwatch'
import { DIMENSIONS } from '../functions/contract/stage.ts'
import type { Tier } from '../functions/contract/training.ts'
import type { Settings } from './config.ts'
import { metricsNamespace } from './environment.ts'
import { METRICS, type MetricName } from './rooms.ts'

/** A metric that the stages write. Counts are summed, ages use the maximum. */
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
    statistic: unit === 'Count' ? Stats.SUM : Stats.MAXIMUM,
    unit: unit === 'Count' ? Unit.COUNT : Unit.SECONDS,
    label: measured.tier && metric.of === 'tier' ? `${name} ${measured.tier}` : name,
    period,
  })
}
