import type { StateKind } from './state.ts'

/** The number of events. */
export const count: StateKind<number, unknown> = {
  record: () => 1,
  merge: (a, b) => a + b,
  negate: (state) => -state,
  isEmpty: (state) => state === 0,
  write: (writer, state) => writer.unsigned(state),
  read: (reader) => reader.unsigned(),
}
