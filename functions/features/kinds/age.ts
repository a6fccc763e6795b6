import type { FeatureOf } from '../../contract/features.ts'
import { DAY_MS } from '../../contract/time.ts'
import type { Attribute } from '../sources.ts'
import type { FeatureKind } from './kind.ts'
import { encodeNumber } from './slots.ts'

const HOURS_PER_DAY = 24
const DATE = /^\d{4}-\d{2}-\d{2}$/
const ZONE = /(Z|[+-]\d{2}:?\d{2})$/i

/** Epoch milliseconds, or an ISO text. A text without a zone is UTC, on every machine. */
function timeOf(value: Attribute | null): number | null {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return null
  const timeMs = Date.parse(DATE.test(value) || ZONE.test(value) ? value : `${value}Z`)
  return Number.isNaN(timeMs) ? null : timeMs
}

/** Days since the time of an attribute. Negative where that time is still to come. */
export const age: FeatureKind<FeatureOf<'age'>> = {
  column: 'float',
  cell({ of: source }, seen) {
    const timeMs = timeOf(seen.attributeOf(source))
    return timeMs === null ? null : (seen.timeMs - timeMs) / DAY_MS
  },
  encoder: ({ name }, slotOf) => encodeNumber(name, slotOf, HOURS_PER_DAY),
}
