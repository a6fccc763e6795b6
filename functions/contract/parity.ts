import { z } from 'zod'

/**
 * How served cells compare with the cells that samples have at the same instants, feature by feature.
 */

const count = z.number().int().min(0)

/** Upper bounds of the classes of relative differences. The last class has none. */
export const RELATIVE_BOUNDS = [1e-6, 1e-4, 0.01, 0.1, 1] as const

/** Laws: values = equal + missing + extra + different; late is at most the last three. */
const featureParitySchema = z.object({
  values: count,
  equal: count,
  /** Served null where the sample has a value. */
  missing: count,
  /** Served a value where the sample has null. */
  extra: count,
  /** Served null, whether the sample has a value or not. */
  absent: count,
  /** Served another value. */
  different: count,
  /**
   * Unequal values that are excused: the near line applied a drop, or a closing was folded, only after
   * the value was served.
   */
  late: count,
  /** Numbers that differ, by relative difference: one class for each bound, and one above. */
  relative: z.array(count).length(RELATIVE_BOUNDS.length + 1),
  /** By whole hours since the end of the newest folded hour, or `none` before the first closing. */
  byAge: z.record(z.string(), z.object({ values: count, equal: count })),
})
export type FeatureParity = z.infer<typeof featureParitySchema>
export type Parity = Record<string, FeatureParity>

/** `parity/<scene>/…json`: the served cells whose drops arrived within one hour. */
export const parityAccountSchema = z.object({
  scene: z.string(),
  scheduledMs: z.number().int(),
  /** Drops that arrived in this half-open interval were compared. */
  arrivedFromMs: z.number().int(),
  arrivedThroughMs: z.number().int(),
  /** Law: rows = compared + repeated + unknownRelease. */
  rows: count,
  compared: count,
  /** Rows of an item and a slate that an earlier row has. */
  repeated: count,
  /** Rows of a version whose features are no longer known. */
  unknownRelease: count,
  features: z.record(z.string(), featureParitySchema),
  /** The first unequal values that are not excused. They name no user. */
  examples: z.array(
    z.object({
      feature: z.string(),
      item: z.string(),
      timeMs: z.number().int(),
      served: z.union([z.string(), z.number(), z.null()]),
      sampled: z.union([z.string(), z.number(), z.null()]),
    }),
  ),
})
export type ParityAccount = z.infer<typeof parityAccountSchema>

const NONE: FeatureParity = {
  ...{ values: 0, equal: 0, missing: 0, extra: 0, absent: 0, different: 0, late: 0 },
  relative: Array.from({ length: RELATIVE_BOUNDS.length + 1 }, () => 0),
  byAge: {},
}
export const noParity = (): FeatureParity => structuredClone(NONE)

/** Adds `other` to `parity`. */
export function addParity(parity: FeatureParity, other: FeatureParity): void {
  for (const name of [
    'values',
    'equal',
    'missing',
    'extra',
    'absent',
    'different',
    'late',
  ] as const)
    parity[name] += other[name]
  other.relative.forEach((values, bound) => {
    parity.relative[bound]! += values
  })
  for (const [age, { values, equal }] of Object.entries(other.byAge)) {
    const before = parity.byAge[age] ?? { values: 0, equal: 0 }
    parity.byAge[age] = { values: before.values + values, equal: before.equal + equal }
  }
}

/** Sums accounts by feature. */
export function sumParity(accounts: readonly { features: Parity }[]): Parity {
  const sums: Parity = {}
  for (const { features } of accounts)
    for (const [name, parity] of Object.entries(features)) {
      sums[name] ??= noParity()
      addParity(sums[name], parity)
    }
  return sums
}

/** All features together. */
export function totalParity(parity: Parity): FeatureParity {
  const total = noParity()
  for (const own of Object.values(parity)) addParity(total, own)
  return total
}

/** Percent of values that are equal. Null where there are no values. */
export const equalPercent = ({ values, equal }: FeatureParity): number | null =>
  values === 0 ? null : (100 * equal) / values
/** The same where late values count as equal. */
export const excusedPercent = ({ values, equal, late }: FeatureParity): number | null =>
  values === 0 ? null : (100 * (equal + late)) / values
