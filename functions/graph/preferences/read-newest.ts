import {
  PREFERENCE_COLUMNS,
  type PreferenceManifest,
  type PreferenceRow,
} from '../../contract/preferences.ts'
import type { ObjectStore } from '../../core/objects.ts'
import { readRows } from '../../core/read-rows.ts'
import type { SampleKind } from './select-samples.ts'

/** What the files for trainers are made of at most: the newest rows. */
export interface RowBound {
  maxRows: number
  /** Of their prompts and answers. */
  maxCharacters: number
}
/** About 500 MB in memory, with the largest file for trainers. */
const ROW_BOUND: RowBound = { maxRows: 100_000, maxCharacters: 64_000_000 }

export interface NewestRows {
  rows: PreferenceRow[]
  /** Rows that are older, by kind. */
  beyondTheBound: Record<SampleKind, number>
}

const charactersOf = ({ prompt, chosen, rejected }: PreferenceRow): number =>
  prompt.length + (chosen?.length ?? 0) + (rejected?.length ?? 0)

const newestFirst = (a: PreferenceRow, b: PreferenceRow): number =>
  b.timeMs - a.timeMs || (a.kind + a.id < b.kind + b.id ? 1 : -1)

/**
 * The newest rows within the bound: by day, then by time and id. Manifests are in order of the day. Reads one day at a time,
 * and no day beyond the bound. Throws ObjectMissing.
 */
export async function readNewest(
  lake: ObjectStore,
  manifests: readonly PreferenceManifest[],
  { maxRows, maxCharacters }: RowBound = ROW_BOUND,
): Promise<NewestRows> {
  const columns = Object.keys(PREFERENCE_COLUMNS)
  const found: NewestRows = { rows: [], beyondTheBound: { preference: 0, instruction: 0 } }
  const { rows, beyondTheBound } = found
  let characters = 0
  let isFull = false
  for (const { key, accounts } of manifests.toReversed()) {
    if (isFull) {
      beyondTheBound.preference += accounts.preference.kept
      beyondTheBound.instruction += accounts.instruction.kept
      continue
    }
    const own = key === null ? [] : await readRows<PreferenceRow>(lake, [key], { columns })
    for (const row of own.sort(newestFirst)) {
      characters += charactersOf(row)
      isFull ||= rows.length === maxRows || characters > maxCharacters
      if (!isFull) rows.push(row)
      else if (row.kind !== 'unmet') beyondTheBound[row.kind as SampleKind]++
    }
  }
  return found
}
