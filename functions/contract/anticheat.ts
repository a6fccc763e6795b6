import { z } from 'zod'
import { SUBJECTS } from './verdicts.ts'

/** `anticheat` of a scene's configuration. */
export const anticheatSchema = z.strictObject({
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
  /** Events with fromMs ≤ time < throughMs. */
  fromMs: z.number().int(),
  throughMs: z.number().int(),
  reason: z.string().min(1).max(500),
  saidMs: z.number().int(),
  untilMs: z.number().int(),
})
export type Statement = z.infer<typeof statementSchema>
