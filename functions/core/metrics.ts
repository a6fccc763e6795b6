import { DIMENSIONS, METRICS, type MetricName } from '../contract/metrics.ts'

/** Whose values they are. Values of a tier need its name. */
export interface Measured {
  scene: string
  tier?: string
}
export type MetricValues = Partial<Record<MetricName, number>>

/** A metric directive of "Specification: Embedded metric format" (Amazon CloudWatch). */
interface Directive {
  Namespace: string
  Dimensions: readonly (readonly string[])[]
  Metrics: { Name: string; Unit: string }[]
}
export interface EmbeddedMetrics {
  _aws: { CloudWatchMetrics: Directive[] }
  [key: string]: unknown
}

/**
 * Fields of a log line that CloudWatch makes metrics of: one line is both, and so leads from a
 * point of a graph to the drop or version behind it. The log adds the line's own time, since an
 * alarm looks at the present. Throws RangeError for a value that is no number or has no tier.
 */
export function embedMetrics(
  namespace: string,
  measured: Measured,
  values: MetricValues,
): EmbeddedMetrics {
  const names = Object.keys(values) as MetricName[]
  for (const name of names) {
    if (!Number.isFinite(values[name])) throw new RangeError(`${name}: ${values[name]}`)
    if (METRICS[name].of === 'tier' && measured.tier === undefined)
      throw new RangeError(`${name} is measured by tier, and no tier is named`)
  }
  const directives = (['scene', 'tier'] as const).flatMap((of): Directive[] => {
    const own = names.filter((name) => METRICS[name].of === of)
    if (own.length === 0) return []
    const Metrics = own.map((name) => ({ Name: name, Unit: METRICS[name].unit }))
    return [{ Namespace: namespace, Dimensions: [DIMENSIONS[of]], Metrics }]
  })
  return { _aws: { CloudWatchMetrics: directives }, ...measured, ...values }
}

export const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)
