import type { SampleRow } from '../contract/rows.ts'
import type { Feature } from '../contract/scene.ts'
import { unitInterval } from '../math/hash.ts'
import type { Learner } from './model.ts'
import { createVectorizer } from './vectorize.ts'

/** Rows that importance is measured on. */
const MAX_ROWS = 1000

/** Rows with the smallest hashes of all that were seen, whatever their order. */
export interface RowDraw {
  see(row: SampleRow): void
  /** In order of the sample's id. */
  rows(): SampleRow[]
}

/** Memory: at most twice MAX_ROWS samples. */
export function drawRows(seed: number): RowDraw {
  let drawn: { hash: number; row: SampleRow }[] = []
  let threshold = 1
  const shrink = (): void => {
    drawn.sort((a, b) => a.hash - b.hash || (a.row.sample < b.row.sample ? -1 : 1))
    drawn = drawn.slice(0, MAX_ROWS)
    if (drawn.length === MAX_ROWS) threshold = drawn[MAX_ROWS - 1]!.hash
  }
  return {
    see(row) {
      const hash = unitInterval(row.sample, seed)
      if (hash > threshold) return
      drawn.push({ hash, row })
      if (drawn.length === 2 * MAX_ROWS) shrink()
    },
    rows() {
      shrink()
      return drawn.map(({ row }) => row).sort((a, b) => (a.sample < b.sample ? -1 : 1))
    },
  }
}

/** The entries of a row, feature by feature: those of feature f are from `ends[f - 1]` to `ends[f]`. */
interface Entries {
  slots: number[]
  values: number[]
  ends: number[]
}

function entriesOf(row: SampleRow, vectorizers: readonly ReturnType<typeof createVectorizer>[]) {
  const entries: Entries = { slots: [], values: [], ends: [] }
  for (const [f, vectorize] of vectorizers.entries()) {
    // Each vectorizer emits the bias first. The row has it once.
    let isBias = true
    vectorize(row, (slot, value) => {
      if (!isBias || f === 0) {
        entries.slots.push(slot)
        entries.values.push(value)
      }
      isBias = false
    })
    entries.ends.push(entries.slots.length)
  }
  return entries
}

/**
 * The importance of each feature in a model: how far its log-odds move on average if the feature's
 * entries are left out of a row. Pairs of factors with other features count too.
 */
export function measureImportance(
  features: readonly Feature[],
  hashBits: number,
  learner: Pick<Learner, 'logit'>,
  rows: readonly SampleRow[],
): Record<string, number> {
  const vectorizers = features.map((feature) => createVectorizer([feature], hashBits))
  const sums = features.map(() => 0)
  for (const row of rows) {
    const { ends, ...entries } = entriesOf(row, vectorizers)
    const { length } = entries.slots
    const [slots, values] = [new Uint32Array(entries.slots), new Float32Array(entries.values)]
    const [otherSlots, otherValues] = [slots.slice(), values.slice()]
    const whole = learner.logit(slots, values, 0, length)
    for (const f of features.keys()) {
      const [from, end] = [f === 0 ? 1 : ends[f - 1]!, ends[f]!]
      // Without the entries of this feature. Those of the features before it are in place.
      otherSlots.set(slots.subarray(end), from)
      otherValues.set(values.subarray(end), from)
      const without = learner.logit(otherSlots, otherValues, 0, length - (end - from))
      sums[f]! += Math.abs(whole - without)
      otherSlots.set(slots.subarray(from, end), from)
      otherValues.set(values.subarray(from, end), from)
    }
  }
  const count = Math.max(1, rows.length)
  return Object.fromEntries(features.map(({ name }, f) => [name, sums[f]! / count]))
}
