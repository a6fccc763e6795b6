import { DIMENSIONS, type Metrics } from '../contract/stage.ts'

/** The scene, and the tier, that values belong to. A metric by tier needs the tier's name. */
export interface Measured {
  scene: string
  tier?: string
}

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
 * Fields that make a log line a CloudWatch metric. So a point of a graph leads to the line of its
 * drop or version. The log adds the current time, because alarms watch the present. Throws
 * RangeError for a value that is not a finite number, lacks its tier, or belongs to no declared
 * metric.
 */
export function embedMetrics(
  namespace: string,
  metrics: Metrics,
  measured: Measured,
  values: Readonly<Record<string, number | undefined>>,
): EmbeddedMetrics {
  const names = Object.keys(values)
  for (const name of names) {
    if (!Number.isFinite(values[name]))
      throw new RangeError(`${name}: got ${values[name]}, expected a finite number`)
    if (!metrics[name]) throw new RangeError(`${name}: this stage declares no such metric`)
    if (metrics[name].of === 'tier' && measured.tier === undefined)
      throw new RangeError(`${name}: got no tier, expected one for a metric by tier`)
  }
  const directives = (['scene', 'tier'] as const).flatMap((level): Directive[] => {
    const own = names.filter((name) => metrics[name]!.of === level)
    if (own.length === 0) return []
    const Metrics = own.map((name) => ({ Name: name, Unit: metrics[name]!.unit }))
    return [{ Namespace: namespace, Dimensions: [DIMENSIONS[level]], Metrics }]
  })
  return { _aws: { CloudWatchMetrics: directives }, ...measured, ...values }
}

export const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)
