import { VALUE_SEPARATOR } from '../../contract/rows.ts'
import { murmur3 } from '../../math/hash.ts'
import { type StateKind, takenFrom } from './state.ts'

/**
 * Events by what they have: the `length` values with the smallest hash, in order of (hash, text). A
 * kept value is kept by every part that has it, so its count is exact.
 */
export interface TallyState {
  /** Events with a value. An event with several values counts once. */
  total: number
  values: readonly Tallied[]
}
interface Tallied {
  hash: number
  text: string
  count: number
}
type Parameters = { of?: string | undefined; length?: number | undefined }

const compare = (a: Tallied, b: Tallied): number =>
  a.hash - b.hash || (a.text < b.text ? -1 : a.text > b.text ? 1 : 0)

/** Events with a value. Null: unknown, because only values with smaller hashes were kept. */
export function countOf({ values }: TallyState, text: string, length: number): number | null {
  const sought = { hash: murmur3(text), text, count: 0 }
  const found = values.find((value) => compare(value, sought) === 0)
  if (found) return found.count
  return values.length >= length && compare(values.at(-1)!, sought) < 0 ? null : 0
}

export const tally: StateKind<TallyState, Parameters> = {
  record(event, parameters) {
    const text = event.textOf(takenFrom(parameters))
    if (text === null) return null
    const values = [...new Set(text.split(VALUE_SEPARATOR))].map((value) => ({
      hash: murmur3(value),
      text: value,
      count: 1,
    }))
    return { total: 1, values: values.sort(compare).slice(0, parameters.length) }
  },
  merge({ total, values: a }, { total: more, values: b }, { length = Infinity }) {
    const values: Tallied[] = []
    for (let i = 0, j = 0; values.length < length && (i < a.length || j < b.length); ) {
      const order = i === a.length ? 1 : j === b.length ? -1 : compare(a[i]!, b[j]!)
      if (order < 0) values.push(a[i++]!)
      else if (order > 0) values.push(b[j++]!)
      else values.push({ ...a[i]!, count: a[i++]!.count + b[j++]!.count })
    }
    return { total: total + more, values }
  },
  // A value whose count falls to 0 stays: it tells which values are known.
  negate: ({ total, values }) => ({
    total: -total,
    values: values.map((value) => ({ ...value, count: -value.count })),
  }),
  isEmpty: ({ total }) => total === 0,
  write(writer, { total, values }) {
    writer.unsigned(total)
    writer.unsigned(values.length)
    for (const { text, count } of values) {
      writer.text(text)
      writer.unsigned(count)
    }
  },
  read(reader) {
    const total = reader.unsigned()
    const values = Array.from({ length: reader.unsigned() }, () => {
      const text = reader.text()
      return { hash: murmur3(text), text, count: reader.unsigned() }
    })
    return { total, values }
  },
}
