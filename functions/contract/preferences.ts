import { z } from 'zod'
import type { Columns, Row } from './rows.ts'

/** The `preferences` section of a scene: how feedback on answers becomes data to train a generator with. */
const opinionSchema = z.strictObject({
  weight: z.number().min(-100).max(100),
  /** It counts only with at least this value: for a dwell, seconds. */
  minValue: z.number().optional(),
})

export const preferencesSchema = z.strictObject({
  /** What each outcome says of an answer. */
  opinions: z.record(z.string(), opinionSchema).prefault({
    thumbs_up: { weight: 2 },
    thumbs_down: { weight: -2 },
    copy: { weight: 1 },
    regenerate: { weight: -1 },
    dwell: { weight: 0.5, minValue: 30 },
  }),
  /** An opinion of at least this is acceptance, of at most its negative is rejection. */
  minOpinion: z.number().gt(0).default(1),
  /** Outcomes count this long after their answer, and a turn has ended this long after its last answer. */
  windowMinutes: z.number().int().min(1).max(10_080).default(60),
  /** Users, by hash, who are only validated on. */
  validationShare: z.number().gte(0).lte(0.5).default(0.1),
  /** The last days of each set are only validated on. */
  validationDays: z.number().int().min(0).max(90).default(1),
  /** Texts that are more alike than this are near-duplicates. */
  minSimilarity: z.number().gt(0).lte(1).default(0.7),
  seed: z.number().int().default(17),
})
export type PreferencesDefinition = z.infer<typeof preferencesSchema>

/**
 * What the context of an impression of an assistant's answer has. The items of its slate are the chunks shown. A text that
 * is too long for one attribute is a list of texts, which are joined.
 */
export const ANSWER_CONTEXT = {
  prompt: 'prompt',
  answer: 'answer',
  /** An answer and its regenerations have the same turn. Absent: the request. */
  turn: 'turn',
  /** Version of the generator. */
  model: 'model',
} as const

/** `preference`: two answers. `instruction`: one accepted answer. `unmet`: a prompt whose answers were all rejected. */
const PREFERENCE_KINDS = ['preference', 'instruction', 'unmet'] as const
export type PreferenceKind = (typeof PREFERENCE_KINDS)[number]

/** `preferences/…parquet`: what one turn gives, personal data replaced. */
export const PREFERENCE_COLUMNS = {
  kind: 'string',
  /** Of the turn and its answers: the same in every run. */
  id: 'string',
  user: 'string',
  /** When the turn's first answer was shown. */
  timeMs: 'time',
  prompt: 'string',
  /** The accepted answer. */
  chosen: 'string',
  rejected: 'string',
  /** JSON list of the chunks that the accepted answer was given. */
  chunks: 'json',
  /** What made the accepted answer. */
  model: 'string',
  release: 'string',
} as const satisfies Columns
export type PreferenceRow = Row<
  typeof PREFERENCE_COLUMNS,
  'kind' | 'id' | 'user' | 'timeMs' | 'prompt'
>

const count = z.number().int().min(0)

/** Turns by what became of them: turns = kept + excluded + undecided. */
const turnAccountSchema = z.object({
  turns: count,
  kept: count,
  /** A verdict excludes one of its events. */
  excluded: count,
  /** No answer, or no two, about which anything is known. */
  undecided: count,
})
export type TurnAccount = z.infer<typeof turnAccountSchema>

/** Answers shown, and what people thought of them. Answers of excluded turns are left out. */
const answerCountsSchema = z.object({
  answers: count,
  accepted: count,
  rejected: count,
  /** Answers of which an outcome in favour names a chunk of the slate, and those where it is one of the first three. */
  helped: count,
  helpedFirst: count,
})
export type AnswerCounts = z.infer<typeof answerCountsSchema>
const byRelease = z.array(answerCountsSchema.extend({ release: z.string().nullable() }))

/** `manifests/…/preferences/….json`: the turns of one day, by the end of their window. */
export const preferenceManifestSchema = z.object({
  formatVersion: z.literal(1),
  scene: z.string(),
  dayMs: count,
  /** Null: there is no row. */
  key: z.string().nullable(),
  rows: count,
  /** Closed files, verdicts of their hours, and the definition. Another digest: the day is made again. */
  inputsDigest: z.string(),
  closedThroughMs: count,
  accounts: z.object({ preference: turnAccountSchema, instruction: turnAccountSchema }),
  /** Finds that were replaced in texts, by rule. */
  personalData: z.record(z.string(), count),
  /** Impressions without a readable context or a request, and outcomes without an answer in the window before. */
  unreadable: count,
  orphans: count,
  /** In order of the release. */
  releases: byRelease,
  codeDigest: z.string(),
})
export type PreferenceManifest = z.infer<typeof preferenceManifestSchema>

/** turns = train + validation + excluded + undecided + betweenSplits + nearDuplicates + beyondTheBound. */
const sampleAccountSchema = turnAccountSchema.omit({ kept: true }).extend({
  train: count,
  validation: count,
  /** Early turns of users who are only validated on, and late turns of the others. */
  betweenSplits: count,
  nearDuplicates: count,
  /** Older than the newest rows that the files are made of at most. */
  beyondTheBound: count,
})
export type SampleAccount = z.infer<typeof sampleAccountSchema>

/** `answer-reports/…json`: what the page shows of an assistant. */
export const answerReportSchema = z.object({
  scene: z.string(),
  fromMs: count,
  throughMs: count,
  days: z.array(answerCountsSchema.extend({ dayMs: count })),
  releases: byRelease,
  /** Days that are in no other number but this: their rows are older than `lakeRetentionDays`. */
  expiredDays: count,
  /** Of all days that there are. */
  samples: z.object({ preference: sampleAccountSchema, instruction: sampleAccountSchema }),
  personalData: z.record(z.string(), count),
  unmet: z.object({
    turns: count,
    /** Turns whose prompts were asked by too few people to be named. */
    rare: count,
    /** The most frequent first. */
    prompts: z.array(z.object({ prompt: z.string(), turns: count, users: count })),
  }),
})
export type AnswerReport = z.infer<typeof answerReportSchema>
