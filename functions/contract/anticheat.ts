import { z } from 'zod'
import { KINDS } from './events.ts'

/** What a scene declares against cheats. */

export const producerName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, 'lower-case letters, digits and dashes, 1 to 64, letter first')

const MAX_SIGNATURE_AGE_MINUTES = 7 * 24 * 60

export const anticheatSchema = z.strictObject({
  /** Drops are signed. If absent, signatures are not looked at. */
  signatures: z
    .strictObject({
      /** Producers whose drops the scene takes. */
      producers: z.array(producerName).min(1).max(100),
      /**
       * Kinds whose drops must be signed. A signed drop of another kind is checked as well, an unsigned
       * one is taken. An empty list suits the time in which producers begin to sign.
       */
      requiredFor: z.array(z.enum(KINDS)).default([...KINDS]),
      /** A signature that is older than this when its drop arrives is stale. */
      maxAgeMinutes: z.number().int().min(1).max(MAX_SIGNATURE_AGE_MINUTES).default(60),
    })
    .optional(),
})
export type Anticheat = z.infer<typeof anticheatSchema>
