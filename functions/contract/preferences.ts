import { z } from 'zod'

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
  /** Outcomes count this long after the last answer of a turn. */
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

/** What the context of an impression of an assistant's answer has. The items of its slate are the chunks shown. */
export const ANSWER_CONTEXT = {
  prompt: 'prompt',
  answer: 'answer',
  /** An answer and its regenerations have the same turn. Absent: the request. */
  turn: 'turn',
  /** Version of the generator. */
  model: 'model',
} as const
