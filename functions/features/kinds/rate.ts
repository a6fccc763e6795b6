import type { FeatureOf } from '../../contract/features.ts'
import { weightOf } from '../states/weighted.ts'
import type { FeatureKind } from './kind.ts'
import { encodeRate } from './slots.ts'

/** A share that its prior keeps away from 0 and 1 as long as there are few events. */
export const withPrior = (
  part: number,
  whole: number,
  { priorRate, priorStrength }: { priorRate: number; priorStrength: number },
): number => (part + priorRate * priorStrength) / (whole + priorStrength)

/** Outcomes over impressions, or over impressions weighted by how many users look at their position. */
export const rate: FeatureKind<FeatureOf<'rate'>> = {
  column: 'float',
  accumulates: ({ entity, outcome, examination }) => [
    { entity, event: outcome, state: 'count', parameters: {} },
    examination
      ? { entity, event: 'impression', state: 'weighted', parameters: { examination } }
      : { entity, event: 'impression', state: 'count', parameters: {} },
  ],
  cell(feature, seen) {
    const outcomes = (seen.state(0) as number | null) ?? 0
    const impressions = (seen.state(1) as number | null) ?? 0
    return withPrior(outcomes, feature.examination ? weightOf(impressions) : impressions, feature)
  },
  encoder: ({ name, priorRate }, slotOf) => encodeRate(name, slotOf, priorRate),
}

/** Events of one name over events of another. */
export const ratio: FeatureKind<FeatureOf<'ratio'>> = {
  column: 'float',
  accumulates: ({ entity, event, per }) => [
    { entity, event, state: 'count', parameters: {} },
    { entity, event: per, state: 'count', parameters: {} },
  ],
  cell: (feature, seen) =>
    withPrior(
      (seen.state(0) as number | null) ?? 0,
      (seen.state(1) as number | null) ?? 0,
      feature,
    ),
  encoder: ({ name, priorRate }, slotOf) => encodeRate(name, slotOf, priorRate),
}
