import { z } from 'zod'
import { KINDS } from './events.ts'
import { producerName } from './signature.ts'
import { SUBJECTS } from './verdicts.ts'

const MAX_SIGNATURE_AGE_MINUTES = 7 * 24 * 60

/** Drops are signed. If absent, signatures are not looked at. */
const signaturesSchema = z.strictObject({
  /** Producers whose drops the scene takes. */
  producers: z.array(producerName).min(1).max(100),
  /**
   * Kinds whose drops must be signed. A signed drop of another kind is checked as well, an unsigned one
   * is taken. An empty list suits the time in which producers begin to sign.
   */
  requiredFor: z.array(z.enum(KINDS)).default([...KINDS]),
  /** A signature that is older than this when its drop arrives is stale. */
  maxAgeMinutes: z.number().int().min(1).max(MAX_SIGNATURE_AGE_MINUTES).default(60),
})

/** `anticheat` of a scene's configuration. */
export const anticheatSchema = z.strictObject({
  signatures: signaturesSchema.optional(),
  /**
   * `off`: training uses no verdicts, and waits for no screening. Its versions say so. Absent: `on`.
   */
  screening: z.enum(['on', 'off']).optional(),
  /**
   * Items of the scene's catalogue that no person is shown. Any event on one of them is a mechanical
   * finding of its user.
   */
  honeypots: z.array(z.string().min(1)).max(10_000).default([]),
  /** The share of verdicts whose action becomes `watch`, so that their effect can be measured. */
  holdback: z.number().min(0).max(0.2).default(0.01),
  seed: z.number().int().default(1),
})
export type AnticheatConfiguration = z.infer<typeof anticheatSchema>
export const anticheatOf = (scene: {
  anticheat?: AnticheatConfiguration
}): AnticheatConfiguration => scene.anticheat ?? anticheatSchema.parse({})

/** What an operator says about a subject. It overrides the detectors until `untilMs`. */
export const statementSchema = z.strictObject({
  kind: z.enum(['flag', 'clear']),
  subject: z.enum(SUBJECTS),
  id: z.string().min(1),
  /** A flag of a user's events on these items alone. Absent: all events of the subject. */
  items: z.array(z.string().min(1)).min(1).max(100).optional(),
  /** Events with fromMs ≤ time < throughMs. */
  fromMs: z.number().int(),
  throughMs: z.number().int(),
  reason: z.string().min(1).max(500),
  saidMs: z.number().int(),
  untilMs: z.number().int(),
})
export type Statement = z.infer<typeof statementSchema>
