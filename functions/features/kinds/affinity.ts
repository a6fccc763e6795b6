import type { FeatureOf } from '../../contract/features.ts'
import { countOf, type TallyState } from '../states/tally.ts'
import type { FeatureKind, Seen } from './kind.ts'
import { withPrior } from './rate.ts'
import { encodeNumber, encodeRate } from './slots.ts'

/**
 * The entity's events that have the candidate's value; of several values, the most frequent one.
 * Null: the candidate has no value, or none whose count is known.
 */
function countOfCandidate(
  seen: Seen,
  state: TallyState | null,
  { of: source, length }: { of: string; length: number },
): number | null {
  const counts = seen
    .textsOf(source)
    .map((text) => (state ? countOf(state, text, length) : 0))
    .filter((count) => count !== null)
  return counts.length > 0 ? Math.max(...counts) : null
}

/** The share of the entity's events that have the candidate's value. */
export const affinity: FeatureKind<FeatureOf<'affinity'>> = {
  column: 'float',
  accumulates: ({ entity, event, of: source, length }) => [
    { entity, event, state: 'tally', parameters: { of: source, length } },
  ],
  cell(feature, seen) {
    const state = seen.state(0) as TallyState | null
    const count = countOfCandidate(seen, state, feature)
    return count === null ? null : withPrior(count, state?.total ?? 0, feature)
  },
  encoder: ({ name, priorRate }, slotOf) => encodeRate(name, slotOf, priorRate),
}

/** The number of the entity's events that have the candidate's value. */
export const frequency: FeatureKind<FeatureOf<'frequency'>> = {
  column: 'float',
  accumulates: ({ entity, event, of: source, length }) => [
    { entity, event, state: 'tally', parameters: { of: source, length } },
  ],
  cell: (feature, seen) => countOfCandidate(seen, seen.state(0) as TallyState | null, feature),
  encoder: ({ name }, slotOf) => encodeNumber(name, slotOf),
}
