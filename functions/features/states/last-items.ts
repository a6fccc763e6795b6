import type { ByteReader, ByteWriter } from '../../core/bytes.ts'
import { murmur3 } from '../../math/hash.ts'
import { type RecordedEvent, type StateKind, takenFrom } from './state.ts'

/** What was taken from one event. */
export interface Dated {
  timeMs: number
  /** The hash of the event's id: it decides between events of one time. */
  tie: number
  text: string
}

/** The newest first. Equal entries are the same event, delivered twice. */
const compare = (a: Dated, b: Dated): number =>
  b.timeMs - a.timeMs || b.tie - a.tie || (a.text < b.text ? 1 : a.text > b.text ? -1 : 0)

export function takenOf(event: RecordedEvent, source: string): Dated | null {
  const text = event.textOf(source)
  return text === null ? null : { timeMs: event.timeMs, tie: murmur3(event.id), text }
}
export function writeDated(writer: ByteWriter, { timeMs, tie, text }: Dated): void {
  writer.unsigned(timeMs)
  writer.unsigned(tie)
  writer.text(text)
}
export const readDated = (reader: ByteReader): Dated => ({
  timeMs: reader.unsigned(),
  tie: reader.unsigned(),
  text: reader.text(),
})
export const later = (a: Dated, b: Dated): Dated => (compare(a, b) <= 0 ? a : b)

/** What the last `length` events have, the newest first. An event without a value is left out. */
export const lastItems: StateKind<
  readonly Dated[],
  { of?: string | undefined; length?: number | undefined }
> = {
  record(event, parameters) {
    const taken = takenOf(event, takenFrom(parameters))
    return taken && [taken]
  },
  merge(a, b, { length = 1 }) {
    const merged: Dated[] = []
    for (let i = 0, j = 0; merged.length < length && (i < a.length || j < b.length); ) {
      const order = i === a.length ? 1 : j === b.length ? -1 : compare(a[i]!, b[j]!)
      merged.push(order <= 0 ? a[i]! : b[j]!)
      if (order <= 0) i++
      if (order >= 0) j++
    }
    return merged
  },
  write(writer, state) {
    writer.unsigned(state.length)
    for (const dated of state) writeDated(writer, dated)
  },
  read: (reader) => Array.from({ length: reader.unsigned() }, () => readDated(reader)),
}
