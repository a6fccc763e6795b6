import type { ByteReader, ByteWriter } from '../../core/bytes.ts'

/** An event as features see it: fields of an `EventRow`, with what the catalogue knew at its arrival. */
export interface RecordedEvent {
  timeMs: number
  /** `impression`, or the name of an outcome. */
  event: string
  user: string
  item: string
  value: number | null
  position: number | null
  /** The event's own id: it decides between events of one time. */
  id: string
  /** What a source names: an id, an attribute as a category's text, or null. Several values are joined by U+001F. */
  textOf(source: string): string | null
  /** The same, as a finite number, or null. */
  numberOf(source: string): number | null
}

/**
 * What is accumulated for one entity and one event hour. `merge` is commutative, associative and
 * exact, so a state does not depend on the order or grouping of its events.
 */
export interface StateKind<State, Parameters> {
  /** The state of one event. Null: the event adds nothing, for example because it has no value. */
  record(event: RecordedEvent, parameters: Parameters): State | null
  merge(a: State, b: State, parameters: Parameters): State
  /**
   * The state that takes this one away again when both are merged. Absent: nothing can be taken away
   * from such a state, for example from the time of the last event.
   */
  negate?(state: State): State
  /** Whether everything was taken away. Absent: never. */
  isEmpty?(state: State): boolean
  write(writer: ByteWriter, state: State): void
  /** Throws CorruptArtifact where the bytes are no state. */
  read(reader: ByteReader): State
}

/** What a state takes from its events, unless its parameters say otherwise: their value. */
export const takenFrom = (parameters: { of?: string | undefined }): string =>
  parameters.of ?? 'value'
