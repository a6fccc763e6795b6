import { z } from 'zod'
import { MAX_WINDOW_HOURS } from './features.ts'
import type { Columns, Row } from './rows.ts'

/**
 * The kinds of samples that a scene can have beside pointwise ones. Each is made from the same labelled
 * impressions by the same task, and has files, an account and a place in the manifest of its own.
 */

const count = z.number().int().min(0)

export const sampleKindsSchema = z.strictObject({
  /** Clicked over not clicked within a slate, for ranking and preference tuning. */
  pairs: z
    .strictObject({
      /** Of a slate with more pairs, this many are drawn by a hash. Their weights stand for all. */
      maxPerSlate: z.number().int().min(1).max(10_000).default(100),
    })
    .optional(),
  /** The last outcomes of the user that were visible before each sample. */
  sequences: z
    .strictObject({
      length: z.number().int().min(1).max(1000),
      /** Older outcomes are left out. A set reads the closed hours of this window. */
      windowHours: z.number().int().min(1).max(MAX_WINDOW_HOURS).default(168),
    })
    .optional(),
})
export type SampleKinds = z.infer<typeof sampleKindsSchema>
export const KINDS_BESIDE_POINTWISE = ['pairs', 'sequences'] as const
export type KindBesidePointwise = (typeof KINDS_BESIDE_POINTWISE)[number]

/**
 * `samples/…/pairs-*.parquet`: two samples of one slate. Each is named by its id and time; its features
 * are in the part file of the same shard.
 */
export const PAIR_COLUMNS = {
  /** The sample with the outcome. */
  preferred: 'string',
  preferredMs: 'time',
  /** The sample without it. */
  other: 'string',
  otherMs: 'time',
  user: 'string',
  /** The slate's pairs before sampling that this pair stands for. */
  weight: 'float',
  /** Both labels are final. */
  isMature: 'boolean',
} as const satisfies Columns
export type PairRow = Row<typeof PAIR_COLUMNS, keyof typeof PAIR_COLUMNS>

/**
 * `samples/…/sequences-*.parquet`: one row for each sample, named by its id and time. The lists have one
 * entry for each outcome, oldest first, joined by U+001F. They are null for a user without outcomes.
 */
export const SEQUENCE_COLUMNS = {
  sample: 'string',
  timeMs: 'time',
  user: 'string',
  items: 'string',
  outcomes: 'string',
  /** Epoch milliseconds. */
  timesMs: 'string',
} as const satisfies Columns
export type SequenceRow = Row<typeof SEQUENCE_COLUMNS, 'sample' | 'timeMs' | 'user'>

/**
 * Laws: possible = pairs + capped + sampledOut; slates = paired + oneSided. A slate is the impressions of
 * one request of one user in one set, or a positive with the negatives that are drawn for it.
 */
const pairAccountSchema = z.object({
  slates: count,
  /** Slates with a positive and a negative. */
  paired: count,
  /** Slates of positives only or of negatives only. */
  oneSided: count,
  /** Impressions without a request. They are in no slate. */
  withoutSlate: count,
  /** Positives × negatives, summed over the slates. */
  possible: count,
  pairs: count,
  /** Pairs beyond `maxPerSlate`. */
  capped: count,
  /** Pairs whose negative is not a sample, because negative sampling drops it. */
  sampledOut: count,
  /** Pairs whose negative is drawn. */
  synthetic: count,
})
export type PairAccount = z.infer<typeof pairAccountSchema>

/** Laws: sequences = samples of the set; visible = elements + cut. */
const sequenceAccountSchema = z.object({
  sequences: count,
  /** Sequences of users without a visible outcome. */
  empty: count,
  /** Outcomes that were visible within the window, summed over the sequences. */
  visible: count,
  elements: count,
  /** Visible outcomes beyond `length`. */
  cut: count,
  /** Outcomes that no sequence can hold, because the item's id contains U+001F. Not in `visible`. */
  unjoinable: count,
})
export type SequenceAccount = z.infer<typeof sequenceAccountSchema>

const fileSchema = z.object({ key: z.string(), rows: count, sha256: z.string() })
/** In the account of a part. */
export const partKindsSchema = z.object({
  pairs: z.object({ file: fileSchema, account: pairAccountSchema }).optional(),
  sequences: z.object({ file: fileSchema, account: sequenceAccountSchema }).optional(),
})
export type PartKinds = z.infer<typeof partKindsSchema>
/** In the manifest of a set. */
export const setKindsSchema = z.object({
  pairs: z.object({ files: z.array(fileSchema), account: pairAccountSchema }).optional(),
  sequences: z.object({ files: z.array(fileSchema), account: sequenceAccountSchema }).optional(),
})
export type SetKinds = z.infer<typeof setKindsSchema>

/** In the manifest of a set from which erasures took rows. */
export const erasedSetSchema = z.object({
  /** Digests of the erasures. */
  erasures: z.array(z.string()),
  /** The files before each of them, as versions pin them. */
  former: z.array(z.object({ files: z.array(fileSchema), kinds: setKindsSchema.optional() })),
})
