import type { AdaptiveTable } from '../../../functions/math/adaptive-table.ts'
import type { Count } from './profile.ts'

/** Of each table: three quarters of so many keys are followed exactly, 786,432. */
export const MAX_SLOTS = 2 ** 20

/** A total over the keys that a table follows, for all keys. */
export const countOf = (total: number, { rate }: AdaptiveTable): Count => ({
  count: Math.round(total / rate),
  isExact: rate === 1,
})

/** A count that added 1 / rate as it went. */
export const weighed = (count: number, { rate }: AdaptiveTable): Count => ({
  count: Math.round(count),
  isExact: rate === 1,
})
