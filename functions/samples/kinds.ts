import type { SampleTask } from '../contract/accounts.ts'
import { sampleKindKey } from '../contract/keys.ts'
import type { Columns, EventRow, SampleRow } from '../contract/rows.ts'
import {
  type KindBesidePointwise,
  PAIR_COLUMNS,
  type PartKinds,
  SEQUENCE_COLUMNS,
  type SetKinds,
} from '../contract/sample-kinds.ts'
import { sha256Hex } from '../core/digest.ts'
import type { ObjectStore } from '../core/objects.ts'
import { writeParquet } from '../core/parquet.ts'
import { type LabelledImpression, makePairs } from './pairs.ts'
import type { SampleRecipe } from './recipe.ts'
import { type HistoryRow, makeSequences } from './sequences.ts'

/** The columns of samples that the other kinds need. */
export const MADE_COLUMNS = ['sample', 'timeMs', 'user', 'weight', 'isMature'] as const
/** What the other kinds are made from: all labelled impressions of a shard, and its samples in order of time. */
export interface MadeSamples {
  labelled: readonly LabelledImpression[]
  rows: readonly Pick<SampleRow, (typeof MADE_COLUMNS)[number]>[]
}

/**
 * Makes and writes the samples of the other kinds that the recipe names. `readHistory` reads the task's
 * history. Undefined: the scene has only pointwise samples.
 */
export async function makeKinds(
  store: ObjectStore,
  { sampling, visibility }: SampleRecipe,
  task: SampleTask,
  { labelled, rows }: MadeSamples,
  events: readonly EventRow[],
  readHistory: (keys: readonly string[]) => Promise<HistoryRow[]>,
): Promise<PartKinds | undefined> {
  const { kinds, seed } = sampling
  if (!kinds) return undefined
  const write = async (kind: KindBesidePointwise, columns: Columns, made: readonly object[]) => {
    const bytes = writeParquet(columns, made as readonly Record<string, unknown>[])
    const key = sampleKindKey({ ...task, kind })
    await store.put(key, bytes)
    return { key, rows: made.length, sha256: sha256Hex(bytes) }
  }
  const found: PartKinds = {}
  if (kinds.pairs) {
    const { rows: pairs, account } = makePairs(kinds.pairs, labelled, rows, seed)
    found.pairs = { file: await write('pairs', PAIR_COLUMNS, pairs), account }
  }
  if (kinds.sequences) {
    const history = [...events, ...(await readHistory(task.historyKeys ?? []))]
    const nearLineMs = visibility.nearLineSeconds * 1000
    const made = makeSequences(kinds.sequences, rows, history, nearLineMs)
    found.sequences = {
      file: await write('sequences', SEQUENCE_COLUMNS, made.rows),
      account: made.account,
    }
  }
  return found
}

/** Adds accounts of one kind, field by field. */
function sumCounts<A extends Record<string, number>>(accounts: readonly A[]): A {
  const sums = { ...accounts[0]! }
  for (const account of accounts.slice(1))
    for (const name of Object.keys(sums) as (keyof A)[])
      sums[name] = (sums[name]! + account[name]!) as A[keyof A]
  return sums
}

const sumKind = <A extends Record<string, number>>(
  parts: readonly { file: { key: string; rows: number; sha256: string }; account: A }[],
) => ({
  files: parts.map(({ file }) => file),
  account: sumCounts(parts.map(({ account }) => account)),
})

/** Joins the other kinds of all parts of a set. Undefined: the set has only pointwise samples. */
export function joinKinds(parts: readonly (PartKinds | undefined)[]): SetKinds | undefined {
  const found = parts.filter((part) => part !== undefined)
  if (found.length === 0) return undefined
  const pairs = found.flatMap((part) => part.pairs ?? [])
  const sequences = found.flatMap((part) => part.sequences ?? [])
  return {
    ...(pairs.length > 0 && { pairs: sumKind(pairs) }),
    ...(sequences.length > 0 && { sequences: sumKind(sequences) }),
  }
}
