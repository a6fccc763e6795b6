import type { StateKind } from './state.ts'

/** The time of the last event: epoch milliseconds. */
export const last: StateKind<number, unknown> = {
  record: ({ timeMs }) => timeMs,
  merge: (a, b) => Math.max(a, b),
  write: (writer, state) => writer.unsigned(state),
  read: (reader) => reader.unsigned(),
}
