import { readFileSync } from 'node:fs'
import type { SAMPLE_COLUMNS, SampleRow } from '../contract/rows.ts'
import type { Feature } from '../contract/scene.ts'
import { createInterner } from '../core/intern.ts'
import { readParquetOfBefore } from '../core/parquet.ts'
import { createVectorizer, type Vectorizer } from './vectorize.ts'

/**
 * Training rows in order of (time, sample), as compressed sparse rows: row r has the slots and values
 * from `starts[r]` to `starts[r + 1]`. A row takes about 60 bytes, and 9 for each slot.
 */
export interface TrainingRows {
  count: number
  starts: Uint32Array
  slots: Uint32Array
  values: Float32Array
  /** 1 for entries that have factors. */
  hasFactors: Uint8Array
  samples: string[]
  users: string[]
  timesMs: Float64Array
  labels: Uint8Array
  /** What each row counts in metrics: the rows that it stands for, times its trust. */
  weights: Float64Array
  /** What each row counts in training, by the verdicts on its events. */
  trusts: Float64Array
  corrections: Float64Array
  /** The release that ranked each row, if the log has it. */
  releases: (string | null)[]
  /** The share of each row's outcomes that have arrived by now. */
  known: Float64Array
}

const FIXED = [
  'sample',
  'timeMs',
  'user',
  'label',
  'logOddsCorrection',
  'weight',
  'trust',
  'known',
  'release',
] as const satisfies readonly (keyof typeof SAMPLE_COLUMNS)[]

/**
 * Reads samples from Parquet files and vectorizes them. It reads one file at a time, and sorts the rows
 * of all files together. It calls `see` with each sample. Memory: the samples of one file, and twice all
 * vectorized rows.
 */
export async function readTrainingRows(
  files: readonly string[],
  features: readonly Feature[],
  hashBits: number,
  see: (row: SampleRow) => void = () => {},
): Promise<TrainingRows> {
  const columns: (keyof SampleRow & string)[] = [
    ...FIXED,
    'item',
    ...features.filter(({ kind }) => kind !== 'cross').map(({ name }) => `f_${name}` as const),
  ]
  const vectorize = createVectorizer(features, hashBits)
  const once = createInterner()
  const sets: TrainingRows[] = []
  for (const file of files) {
    // Samples of before, which no verdict could weigh, have no trust.
    const rows = await readParquetOfBefore<SampleRow>(readFileSync(file), columns, { trust: 1 })
    for (const row of rows) see(row)
    sets.push(arrangeRows(rows, features, vectorize, once))
  }
  return mergeRows(sets)
}

/** Merges the rows of several sets in order of (time, sample). The sets may have any order. */
export function mergeRows(sets: readonly TrainingRows[]): TrainingRows {
  const count = sets.reduce((sum, set) => sum + set.count, 0)
  const setOf = new Uint32Array(count)
  const rowOf = new Uint32Array(count)
  let next = 0
  sets.forEach((set, s) => {
    for (let row = 0; row < set.count; row++) {
      setOf[next] = s
      rowOf[next++] = row
    }
  })
  const cellOf = <T>(column: (set: TrainingRows) => ArrayLike<T>, i: number): T =>
    column(sets[setOf[i]!]!)[rowOf[i]!]!
  const timeOf = ({ timesMs }: TrainingRows) => timesMs
  const sampleOf = ({ samples }: TrainingRows) => samples
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => {
    const difference = cellOf(timeOf, a) - cellOf(timeOf, b)
    if (difference !== 0) return difference
    return compareText(cellOf(sampleOf, a), cellOf(sampleOf, b))
  })

  const starts = new Uint32Array(count + 1)
  order.forEach((from, i) => {
    const { starts: setStarts } = sets[setOf[from]!]!
    starts[i + 1] = starts[i]! + setStarts[rowOf[from]! + 1]! - setStarts[rowOf[from]!]!
  })
  const slots = new Uint32Array(starts[count]!)
  const values = new Float32Array(starts[count]!)
  const hasFactors = new Uint8Array(starts[count]!)
  order.forEach((from, i) => {
    const set = sets[setOf[from]!]!
    const [begin, end] = [set.starts[rowOf[from]!]!, set.starts[rowOf[from]! + 1]!]
    slots.set(set.slots.subarray(begin, end), starts[i]!)
    values.set(set.values.subarray(begin, end), starts[i]!)
    hasFactors.set(set.hasFactors.subarray(begin, end), starts[i]!)
  })
  const floats = (column: (set: TrainingRows) => Float64Array): Float64Array =>
    Float64Array.from(order, (from) => cellOf(column, from))
  const texts = <T>(column: (set: TrainingRows) => readonly T[]): T[] =>
    Array.from(order, (from) => cellOf(column, from))
  return {
    count,
    starts,
    slots,
    values,
    hasFactors,
    samples: texts(sampleOf),
    users: texts(({ users }) => users),
    timesMs: floats(timeOf),
    labels: Uint8Array.from(order, (from) => cellOf(({ labels }) => labels, from)),
    weights: floats(({ weights }) => weights),
    trusts: floats(({ trusts }) => trusts),
    corrections: floats(({ corrections }) => corrections),
    releases: texts(({ releases }) => releases),
    known: floats(({ known }) => known),
  }
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Samples as compressed sparse rows, in the given order. `vectorize` must be made for these features. */
export function arrangeRows(
  rows: readonly SampleRow[],
  features: readonly Feature[],
  vectorize: Vectorizer,
  once: (text: string) => string = createInterner(),
): TrainingRows {
  const starts = new Uint32Array(rows.length + 1)
  let slots = new Uint32Array(Math.max(1024, rows.length * (features.length + 8)))
  let values = new Float32Array(slots.length)
  let hasFactors = new Uint8Array(slots.length)
  let used = 0
  const emit = (slot: number, value: number, isCategory = false): void => {
    if (used === slots.length) {
      slots = Uint32Array.from({ length: used * 2 }, (_, i) => (i < used ? slots[i]! : 0))
      const grown = new Float32Array(used * 2)
      grown.set(values)
      values = grown
      const grownFlags = new Uint8Array(used * 2)
      grownFlags.set(hasFactors)
      hasFactors = grownFlags
    }
    slots[used] = slot
    hasFactors[used] = isCategory ? 1 : 0
    values[used++] = value
  }
  rows.forEach((row, i) => {
    vectorize(row, emit)
    starts[i + 1] = used
  })
  return {
    count: rows.length,
    starts,
    // Copies of the used part free the rest of the grown arrays.
    slots: slots.slice(0, used),
    values: values.slice(0, used),
    hasFactors: hasFactors.slice(0, used),
    samples: rows.map(({ sample }) => sample),
    users: rows.map(({ user }) => once(user)),
    timesMs: Float64Array.from(rows, ({ timeMs }) => timeMs),
    labels: Uint8Array.from(rows, ({ label }) => label),
    weights: Float64Array.from(rows, ({ weight, trust }) => weight * trust),
    trusts: Float64Array.from(rows, ({ trust }) => trust),
    corrections: Float64Array.from(rows, ({ logOddsCorrection }) => logOddsCorrection),
    releases: rows.map(({ release }) => (release == null ? null : once(release))),
    known: Float64Array.from(rows, ({ known }) => known),
  }
}
