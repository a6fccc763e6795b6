import { readFileSync } from 'node:fs'
import type { SAMPLE_COLUMNS, SampleRow } from '../../contract/rows.ts'
import type { Feature } from '../../contract/scene.ts'
import { readParquet } from '../../core/parquet.ts'
import { createVectorizer, type Vectorizer } from './vectorize.ts'

/**
 * Training rows in order of (time, sample), compressed sparse rows: row r has the slots and values
 * from `starts[r]` to `starts[r + 1]`. About 60 bytes and 8 a slot for each row.
 */
export interface TrainingRows {
  count: number
  starts: Uint32Array
  slots: Uint32Array
  values: Float32Array
  samples: string[]
  users: string[]
  timesMs: Float64Array
  labels: Uint8Array
  weights: Float64Array
  corrections: Float64Array
  /** The release that ranked each row, where the log has it. */
  releases: (string | null)[]
  /** Share of each row's outcomes that have come by now. */
  known: Float64Array
}

const FIXED = [
  'sample',
  'timeMs',
  'user',
  'label',
  'logOddsCorrection',
  'weight',
  'known',
  'release',
] as const satisfies readonly (keyof typeof SAMPLE_COLUMNS)[]

/** Samples of the given Parquet files, vectorized. Files are read one at a time; rows are sorted across them. */
export async function readTrainingRows(
  files: readonly string[],
  features: readonly Feature[],
  hashBits: number,
): Promise<TrainingRows> {
  const columns = [
    ...FIXED,
    ...features.filter(({ kind }) => kind !== 'cross').map(({ name }) => `f_${name}`),
  ]
  const rows: SampleRow[] = []
  for (const file of files)
    for (const row of await readParquet<SampleRow>(readFileSync(file), columns)) rows.push(row)
  rows.sort(
    (a, b) => a.timeMs - b.timeMs || (a.sample < b.sample ? -1 : a.sample > b.sample ? 1 : 0),
  )
  return arrangeRows(rows, features, createVectorizer(features, hashBits))
}

/** Samples in training order, as compressed sparse rows; `vectorize` is of these features. */
export function arrangeRows(
  rows: readonly SampleRow[],
  features: readonly Feature[],
  vectorize: Vectorizer,
): TrainingRows {
  const starts = new Uint32Array(rows.length + 1)
  let slots = new Uint32Array(Math.max(1024, rows.length * (features.length + 8)))
  let values = new Float32Array(slots.length)
  let used = 0
  const emit = (slot: number, value: number): void => {
    if (used === slots.length) {
      slots = Uint32Array.from({ length: used * 2 }, (_, i) => (i < used ? slots[i]! : 0))
      const grown = new Float32Array(used * 2)
      grown.set(values)
      values = grown
    }
    slots[used] = slot
    values[used++] = value
  }
  rows.forEach((row, i) => {
    vectorize(row, emit)
    starts[i + 1] = used
  })
  return {
    count: rows.length,
    starts,
    slots: slots.subarray(0, used),
    values: values.subarray(0, used),
    samples: rows.map(({ sample }) => sample),
    users: rows.map(({ user }) => user),
    timesMs: Float64Array.from(rows, ({ timeMs }) => timeMs),
    labels: Uint8Array.from(rows, ({ label }) => label),
    weights: Float64Array.from(rows, ({ weight }) => weight),
    corrections: Float64Array.from(rows, ({ logOddsCorrection }) => logOddsCorrection),
    releases: rows.map(({ release }) => release ?? null),
    known: Float64Array.from(rows, ({ known }) => known),
  }
}
