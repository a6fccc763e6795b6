import type { AdaptiveTable } from '../../../functions/math/adaptive-table.ts'
import type { Count } from './profile.ts'

/** Slots of each table. Three quarters can be used: 786,432 keys are followed exactly. */
export const MAX_SLOTS = 2 ** 20

/** Scales a total over the followed keys to all keys. */
export const countOf = (total: number, { rate }: AdaptiveTable): Count => ({
  count: Math.round(total / rate),
  isExact: rate === 1,
})

/** A count whose increments were already scaled by 1 / rate. */
export const weighed = (count: number, { rate }: AdaptiveTable): Count => ({
  count: Math.round(count),
  isExact: rate === 1,
})
