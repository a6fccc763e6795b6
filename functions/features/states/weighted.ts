import type { StateKind } from './state.ts'

/** Shares are kept in thousandths, at least one, and their sum is exact. */
const UNITS = 1000

export const weightOf = (state: number): number => state / UNITS

/**
 * Impressions, each with the share of users who look at its position. The first share is that of
 * position 1. The last share holds for all later positions. An impression without a position counts
 * as a whole one.
 */
export const weighted: StateKind<number, { examination?: readonly number[] | undefined }> = {
  record({ position }, { examination = [] }) {
    if (position === null) return UNITS
    const share = examination[position - 1] ?? examination.at(-1) ?? 1
    return Math.max(1, Math.round(share * UNITS))
  },
  merge: (a, b) => a + b,
  negate: (state) => -state,
  isEmpty: (state) => state === 0,
  write: (writer, state) => writer.unsigned(state),
  read: (reader) => reader.unsigned(),
}
