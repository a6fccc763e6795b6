import type { TrainingRows } from '../../../functions/train/container/rows.ts'

/** Rows [from, to), without a copy: what they hold stays where it is. */
const sliceRows = (rows: TrainingRows, from: number, to: number): TrainingRows => ({
  count: to - from,
  starts: rows.starts.subarray(from, to + 1),
  slots: rows.slots,
  values: rows.values,
  samples: rows.samples.slice(from, to),
  users: rows.users.slice(from, to),
  timesMs: rows.timesMs.subarray(from, to),
  labels: rows.labels.subarray(from, to),
  weights: rows.weights.subarray(from, to),
  corrections: rows.corrections.subarray(from, to),
  known: rows.known.subarray(from, to),
  releases: rows.releases.slice(from, to),
})

/** Rows of a time interval, half-open. */
export function rowsBetween(rows: TrainingRows, fromMs: number, throughMs: number): TrainingRows {
  let from = 0
  while (from < rows.count && rows.timesMs[from]! < fromMs) from++
  let to = from
  while (to < rows.count && rows.timesMs[to]! < throughMs) to++
  return sliceRows(rows, from, to)
}

/** Sets, or slices of them, one after another as one. */
export function joinRows(sets: readonly TrainingRows[]): TrainingRows {
  if (sets.length === 1) return sets[0]!
  const count = sets.reduce((sum, set) => sum + set.count, 0)
  const lengthOf = ({ starts, count: rows }: TrainingRows): number => starts[rows]! - starts[0]!
  const entries = sets.reduce((sum, set) => sum + lengthOf(set), 0)
  const starts = new Uint32Array(count + 1)
  const slots = new Uint32Array(entries)
  const values = new Float32Array(entries)
  let row = 0
  let entry = 0
  for (const set of sets) {
    const from = set.starts[0]!
    const end = from + lengthOf(set)
    slots.set(set.slots.subarray(from, end), entry)
    values.set(set.values.subarray(from, end), entry)
    for (let i = 0; i < set.count; i++) starts[row + i + 1] = entry + set.starts[i + 1]! - from
    row += set.count
    entry += end - from
  }
  const floats = (of: (set: TrainingRows) => Float64Array): Float64Array => {
    const into = new Float64Array(count)
    let at = 0
    for (const set of sets) {
      into.set(of(set), at)
      at += set.count
    }
    return into
  }
  return {
    count,
    starts,
    slots,
    values,
    samples: sets.flatMap(({ samples }) => samples),
    users: sets.flatMap(({ users }) => users),
    timesMs: floats(({ timesMs }) => timesMs),
    labels: Uint8Array.from(sets.flatMap(({ labels }) => [...labels])),
    weights: floats(({ weights }) => weights),
    corrections: floats(({ corrections }) => corrections),
    known: floats(({ known }) => known),
    releases: sets.flatMap(({ releases }) => releases),
  }
}
