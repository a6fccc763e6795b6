import { type RecordedEvent, type StateKind, takenFrom } from './state.ts'

/** Values are kept in millionths, and their sum is exact. */
const UNITS = 1e6
/** A larger value, of either sign, adds nothing: it is no measurement, and it would hide all others. */
const MAX_VALUE = 1e12

export interface SumState {
  count: number
  /** Millionths. */
  sum: bigint
}
export const sumOf = ({ sum }: SumState): number => Number(sum) / UNITS
export const meanOf = ({ sum, count }: SumState): number => Number(sum) / (UNITS * count)

/** Number and sum of the values of events. */
export const sum: StateKind<SumState, { of?: string | undefined }> = {
  record(event: RecordedEvent, parameters) {
    const value = event.numberOf(takenFrom(parameters))
    if (value === null || Math.abs(value) > MAX_VALUE) return null
    return { count: 1, sum: BigInt(Math.round(value * UNITS)) }
  },
  merge: (a, b) => ({ count: a.count + b.count, sum: a.sum + b.sum }),
  negate: ({ count, sum }) => ({ count: -count, sum: -sum }),
  isEmpty: ({ count }) => count === 0,
  write(writer, state) {
    writer.unsigned(state.count)
    writer.integer(state.sum)
  },
  read: (reader) => ({ count: reader.unsigned(), sum: reader.integer() }),
}
