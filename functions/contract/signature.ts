import { z } from 'zod'

export const producerName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, 'lower-case letters, digits and dashes, 1 to 64, letter first')

/** What is signed of a drop. */
export interface SignedFacts {
  scene: string
  kind: string
  /** The whole key of the raw object: `raw/<scene>/<kind>/<name>`. */
  key: string
  /** SHA-256 of the object's bytes as they are stored, in lower-case hex. */
  sha256: string
  /** When the producer signed: epoch milliseconds. */
  signedMs: number
}

/**
 * The text of a signature, in UTF-8. The signature is HMAC-SHA-256 (RFC 2104) of it under one of the
 * producer's keys, in hex. Only a key may hold a line feed, and the lines before and after it are
 * fixed in number: so no two drops have the same text.
 */
export const signedText = ({ scene, kind, key, sha256, signedMs }: SignedFacts): string =>
  [scene, kind, key, sha256, signedMs].join('\n')

/** Shorter keys can be guessed. */
const MIN_KEY_CHARACTERS = 32
const producerKey = z.string().min(MIN_KEY_CHARACTERS)

/**
 * The secret of producers' keys: JSON, by producer. One key, or a list of the two that are live while a
 * producer changes from one to the other. The bytes of a key are its text in UTF-8.
 */
export const producerKeysSchema = z.record(
  producerName,
  z.union([producerKey.transform((key) => [key]), z.array(producerKey).min(1).max(2)]),
)
export type ProducerKeys = z.infer<typeof producerKeysSchema>

/** The producer of the key that a deployment generates. */
export const FIRST_PRODUCER = 'app'

/** `signatures/…json`: the drop that has used a signature. */
export const usedSignatureSchema = z.object({ drop: z.string(), arrivalMs: z.number().int() })
