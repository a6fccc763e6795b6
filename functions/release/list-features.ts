import type { Feature } from '../contract/features.ts'
import { addParity, type FeatureParity, noParity, type Parity } from '../contract/parity.ts'
import type { FoldedRow } from '../contract/values.ts'
import { digestOf } from '../core/digest.ts'
import { seriesOfFeature } from '../features/series.ts'

/** A feature of a scene: what it is, how fresh and how right its values are, and who reads it. */
export interface FeatureLine {
  name: string
  kind: Feature['kind']
  definition: Feature
  /** The series that it reads. They change with its definition. Empty: it is computed on demand. */
  generation: string[]
  /** Whether the whole window of every series is in the online table. */
  isReady: boolean
  values: 'near line' | 'closed hours' | 'on demand'
  /** Hours since the end of the newest folded hour, when values were served. Null: none was logged. */
  ageHours: { p50: number; p95: number } | null
  /** Percent of served values, or null where none was logged. */
  missingPercent: number | null
  equalPercent: number | null
  /** How far the log-odds of the served model move on average without it. Null: not measured. */
  importance: number | null
  /** Releases whose model reads this very definition. */
  readBy: string[]
}

/** A release that can be served, as its model's header describes it. */
export interface ReadingModel {
  version: string
  isServed: boolean
  features: readonly Feature[]
  importance: Readonly<Record<string, number>> | undefined
}

/** The smallest number of whole hours that holds this share of the values. Null without values. */
function ageAt({ byAge }: FeatureParity, share: number): number | null {
  const ages = Object.entries(byAge)
    .filter(([hours]) => hours !== 'none')
    .map(([hours, { values }]) => ({ hours: Number(hours), values }))
    .sort((a, b) => a.hours - b.hours)
  const total = ages.reduce((sum, { values }) => sum + values, 0)
  let seen = 0
  for (const { hours, values } of ages) {
    seen += values
    if (seen >= share * total) return hours
  }
  return null
}

function measuredOf(parity: FeatureParity) {
  const { values, equal, absent } = parity
  const [p50, p95] = [ageAt(parity, 0.5), ageAt(parity, 0.95)]
  return {
    ageHours: p50 === null || p95 === null ? null : { p50, p95 },
    missingPercent: values === 0 ? null : (100 * absent) / values,
    equalPercent: values === 0 ? null : (100 * equal) / values,
  }
}

/**
 * Lists the features of a scene in their configured order. `accounts`: the comparisons of served
 * values with those of samples, of the time that the figures are about. Pure.
 */
export function listFeatures(
  features: readonly Feature[],
  folded: FoldedRow | null,
  models: readonly ReadingModel[],
  accounts: readonly { features: Parity }[],
): FeatureLine[] {
  const ready = new Map(folded?.series.map(({ id, keepHours }) => [id, keepHours]))
  const served = models.find(({ isServed }) => isServed)
  return features.map((definition) => {
    const { name, kind } = definition
    const series = seriesOfFeature(definition)
    const parity = noParity()
    for (const account of accounts)
      if (account.features[name]) addParity(parity, account.features[name])
    const digest = digestOf(definition)
    const reads = (model: ReadingModel) =>
      model.features.some((other) => other.name === name && digestOf(other) === digest)
    return {
      name,
      kind,
      definition,
      generation: series.map(({ id }) => id),
      isReady: series.every(({ id, keepHours }) => (ready.get(id) ?? 0) >= keepHours),
      values:
        series.length === 0
          ? 'on demand'
          : series.some(({ isNearLine }) => isNearLine)
            ? 'near line'
            : 'closed hours',
      ...measuredOf(parity),
      importance: served && reads(served) ? (served.importance?.[name] ?? null) : null,
      readBy: models.filter(reads).map(({ version }) => version),
    }
  })
}
