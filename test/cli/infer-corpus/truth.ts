import type { Mapping } from '../../../functions/contract/mapping.ts'

/** What a row is: any one of the readings that someone who knows the data set would give. */
export type Reading =
  | { event: string; shown: readonly string[]; outcomes: Readonly<Record<string, string>> }
  | { labels: readonly string[]; positive: string }
  | { labels: readonly string[]; atLeast: readonly [from: number, through: number] }
  /** `*`: any outcome of the scene. */
  | { everyRow: string }
  | { slate: string; by: 'labelSuffix' | 'labels' | 'chosen' | 'event' }

/** Parts of a mapping that a log may have besides the ones that it must have. */
export type OtherPart = 'request' | 'position' | 'value' | 'eventId' | 'propensity' | 'release'

/**
 * What someone who knows the data set says of it. Columns go by their headings, those without one
 * by place: `column_3`. Several columns are joined by `+`, a first that is filled by `|`; the items
 * of a list are `column[]`, those of a list of objects `column[id]`.
 */
export interface Truth {
  kind: 'mapping' | 'format' | 'catalogue' | 'none'
  /** Ready formats of the product that read the log right. */
  formats?: readonly string[]
  /** Columns that say when; `order` where none does. */
  time: readonly string[]
  /** Every time that a row has, in milliseconds. */
  timesMs: readonly number[]
  user: readonly string[]
  item: readonly string[]
  readings: readonly Reading[]
  others?: Partial<Record<OtherPart, readonly string[]>>
  /** Columns that are known only after the impression: none of them is context. */
  leaks?: readonly string[]
  /** Such columns of which no value tells it, but only what they are called. */
  hindsight?: readonly string[]
  hasHeader?: boolean
  encoding?: Mapping['encoding']
  /** Of a catalogue: the column of its ids. */
  id?: string
}

/** One log of the corpus. */
export interface LabelledLog {
  file: string
  body: string | Uint8Array
  truth: Truth
}

export const nothing: Truth = {
  kind: 'none',
  time: [],
  timesMs: [],
  user: [],
  item: [],
  readings: [],
}

/** Of a log that a format reads without a mapping. */
export const ofFormat = (format: string): Truth => ({
  ...nothing,
  kind: 'format',
  formats: [format],
})
