import type { PreferenceRow } from '../../contract/preferences.ts'
import { type NearDuplicateOptions, NearDuplicates } from './near-duplicates.ts'
import { type Split, type SplitOptions, splitOf } from './split.ts'

export type SampleKind = 'preference' | 'instruction'

/** A sample for trainers, without its user. */
export interface Sample {
  prompt: string
  chosen: string
  /** Of a preference. */
  rejected: string | null
}

export interface SelectedSamples {
  /** By kind and split, in order of time and id. */
  samples: Record<SampleKind, Record<Split, Sample[]>>
  /** What was left out, by kind. */
  leftOut: Record<SampleKind, { betweenSplits: number; nearDuplicates: number }>
}

export interface SelectOptions {
  /** Null: all are trained on. */
  split: SplitOptions | null
  nearDuplicates: NearDuplicateOptions
}

/**
 * Divides the rows of all days into training and validation. Of prompts of one kind and split that are near-duplicates,
 * the earliest stays. Rows in any order give the same samples.
 */
export function selectSamples(
  rows: readonly PreferenceRow[],
  { split, nearDuplicates }: SelectOptions,
): SelectedSamples {
  const sorted = rows.toSorted((a, b) => a.timeMs - b.timeMs || (a.id < b.id ? -1 : 1))
  const part = () => ({ train: [], validation: [] })
  const selected: SelectedSamples = {
    samples: { preference: part(), instruction: part() },
    leftOut: {
      preference: { betweenSplits: 0, nearDuplicates: 0 },
      instruction: { betweenSplits: 0, nearDuplicates: 0 },
    },
  }
  const seen = new Map<Sample[], NearDuplicates>()
  for (const row of sorted) {
    if (row.kind === 'unmet') continue
    const kind = row.kind as SampleKind
    const own = split === null ? 'train' : splitOf(row, split)
    if (own === null) {
      selected.leftOut[kind].betweenSplits++
      continue
    }
    const samples = selected.samples[kind][own]
    const known = seen.get(samples) ?? new NearDuplicates(nearDuplicates)
    seen.set(samples, known)
    if (known.admit(row.prompt))
      samples.push({ prompt: row.prompt, chosen: row.chosen!, rejected: row.rejected ?? null })
    else selected.leftOut[kind].nearDuplicates++
  }
  return selected
}
