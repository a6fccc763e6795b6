import type { TrainingRows } from '../../../functions/trainer/rows.ts'

/** Rows [from, to) as views, without a copy. */
const sliceRows = (rows: TrainingRows, from: number, to: number): TrainingRows => ({
  count: to - from,
  starts: rows.starts.subarray(from, to + 1),
  slots: rows.slots,
  values: rows.values,
  hasFactors: rows.hasFactors,
  samples: rows.samples.slice(from, to),
  users: rows.users.slice(from, to),
  timesMs: rows.timesMs.subarray(from, to),
  labels: rows.labels.subarray(from, to),
  weights: rows.weights.subarray(from, to),
  trusts: rows.trusts.subarray(from, to),
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
