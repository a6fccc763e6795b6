import { z } from 'zod'

/**
 * `model.qmm`, little-endian, in this order: 8 bytes magic, u32 format version, u32 length of the
 * header, the header (UTF-8 JSON, `modelHeaderSchema`), zeros to a multiple of 8, the sections in
 * the header's order, each padded to a multiple of 8, and 32 bytes SHA-256 of all bytes before
 * them. Only slots that training touched are stored. All other slots are zero.
 */
export const MODEL_MAGIC = 'QMMODEL\0'
export const MODEL_FORMAT_VERSION = 1

const sectionSchema = z.object({
  /** `slots` u32 ascending; `weights`, `z`, `n` f32 by slot; `factors`, `factorSquares` f32 slot-major × factors. */
  name: z.string(),
  type: z.enum(['u32', 'f32', 'f64']),
  length: z.number().int().min(0),
})
export const modelHeaderSchema = z.object({
  kind: z.enum(['logistic', 'factorization-machine']),
  scene: z.string(),
  version: z.string(),
  parent: z.string().nullable(),
  /**
   * Null for a whole model. Otherwise the slots stored here replace those of this version, and all
   * other slots keep their values.
   */
  deltaOf: z.string().nullable(),
  hashBits: z.number().int(),
  factors: z.number().int(),
  /** The feature definitions that turn a row into slots, as configured. */
  features: z.array(z.unknown()),
  hyperparameters: z.record(z.string(), z.number()),
  codeDigest: z.string(),
  configurationDigest: z.string(),
  manifestDigest: z.string(),
  /** Training is deterministic unless a configuration opts out. */
  deterministic: z.boolean(),
  rowsSeen: z.number().int(),
  /** How far the log-odds move on average without each feature. Absent in older models. */
  importance: z.record(z.string(), z.number()).optional(),
  sections: z.array(sectionSchema),
})
export type ModelHeader = z.infer<typeof modelHeaderSchema>
