import { type Dated, later, readDated, takenOf, writeDated } from './last-items.ts'
import { type StateKind, takenFrom } from './state.ts'

/** What the last event has: its value, its item or an attribute. An event without one is left out. */
export const lastValue: StateKind<Dated, { of?: string | undefined }> = {
  record: (event, parameters) => takenOf(event, takenFrom(parameters)),
  merge: later,
  write: writeDated,
  read: readDated,
}
