import { createHmac, timingSafeEqual } from 'node:crypto'
import { SIGNATURE_METADATA } from '../contract/drop-metadata.ts'
import { usedSignatureKey } from '../contract/keys.ts'
import type { Scene } from '../contract/scene.ts'
import {
  type ProducerKeys,
  producerKeysSchema,
  type SignedFacts,
  signedText,
  usedSignatureSchema,
} from '../contract/signature.ts'
import { isoSeconds, MINUTE_MS } from '../contract/time.ts'
import { canonicalJson } from '../core/digest.ts'
import { getJson, type ObjectInfo, type ObjectStore } from '../core/objects.ts'
import type { Landed, Place, Refusal } from './drop.ts'

/** A signature as the metadata give it. Whether it is right is not known yet. */
export interface Signature {
  producer: string
  signedMs: number
  /** Lower-case hex. */
  signature: string
}
/** S3's events tell the arrival in whole seconds. */
const ARRIVAL_STEP_MS = 1000
/** Longest text of a producer in a message. */
const MAX_NAMED = 40
const NOTHING_READ = 'nothing was read, and the raw object stays'

const quote = (text: string): string => JSON.stringify(text.slice(0, MAX_NAMED))

/** A field of the metadata, or what is wrong with it. */
function malformed(name: string, value: string | undefined, expected: string): Refusal {
  const got = value === undefined ? 'nothing' : `${value.length} characters, ${quote(value)}`
  return {
    reason: 'malformed_signature',
    detail: `metadata ${name}: got ${got}, expected ${expected}; ${NOTHING_READ}; sign it again`,
  }
}

/** Why a signature of this time is not taken, or null. The arrival in the S3 record decides. */
function judgeAge(signedMs: number, { arrivalMs }: Landed, scene: Scene): Refusal | null {
  const { maxAgeMinutes } = scene.anticheat!.signatures!
  const refuse = (detail: string): Refusal => ({
    reason: 'stale',
    detail: `${detail}; ${NOTHING_READ}; sign it again and drop it`,
  })
  if (arrivalMs - signedMs > maxAgeMinutes * MINUTE_MS)
    return refuse(
      `it arrived at ${isoSeconds(arrivalMs)} and was signed at ${isoSeconds(signedMs)}: expected at most ${maxAgeMinutes} minutes between`,
    )
  if (signedMs >= arrivalMs + ARRIVAL_STEP_MS + scene.clockSkewMinutes * MINUTE_MS)
    return refuse(
      `it was signed at ${isoSeconds(signedMs)}, after its arrival at ${isoSeconds(arrivalMs)}: expected at most ${scene.clockSkewMinutes} minutes after`,
    )
  return null
}

/**
 * The signature of a drop, by its metadata: null if it has none and needs none. A refusal if the drop
 * can be judged without its bytes.
 */
export function signatureOf(
  { metadata }: Pick<ObjectInfo, 'metadata'>,
  { scene, kind }: Pick<Place, 'scene' | 'kind'>,
  landed: Landed,
): Signature | Refusal | null {
  const rules = scene?.anticheat?.signatures
  if (!rules) return null
  const names = SIGNATURE_METADATA
  const { [names.producer]: producer, [names.signedMs]: signed } = metadata
  const signature = metadata[names.signature]
  if (producer === undefined && signed === undefined && signature === undefined)
    return rules.requiredFor.includes(kind!)
      ? {
          reason: 'unsigned',
          detail: `got no metadata ${Object.values(names).join(', ')}, which the scene ${scene!.scene} expects of ${kind}; ${NOTHING_READ}`,
        }
      : null
  if (producer === undefined) return malformed(names.producer, producer, 'the name of a producer')
  if (signed === undefined || !/^\d{13}$/.test(signed))
    return malformed(names.signedMs, signed, 'epoch milliseconds, 13 digits')
  if (signature === undefined || !/^[0-9a-fA-F]{64}$/.test(signature))
    return malformed(names.signature, signature, '64 hex digits')
  if (!rules.producers.includes(producer))
    return {
      reason: 'wrong_producer',
      detail: `metadata ${names.producer}: got ${quote(producer)}, expected one of ${rules.producers.join(', ')}; ${NOTHING_READ}`,
    }
  const signedMs = Number(signed)
  return (
    judgeAge(signedMs, landed, scene!) ?? {
      producer,
      signedMs,
      signature: signature.toLowerCase(),
    }
  )
}

/**
 * Parses the secret. Throws TypeError without its text, because parsers quote what they cannot read.
 * The drops wait in the dead-letter queue until the secret is right.
 */
export function parseProducerKeys(text: string): ProducerKeys {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new TypeError("the secret of producers' keys is not JSON; no signed drop was read")
  }
  const parsed = producerKeysSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const at = issue?.path.slice(0, 1).map(String).join('') || 'the value'
  throw new TypeError(
    `the secret of producers' keys: ${quote(at)}: expected one key, or a list of one or two, of 32 characters or more; no signed drop was read`,
  )
}

/** The 32 bytes of a signature. */
export const signFacts = (facts: SignedFacts, key: string): Buffer =>
  createHmac('sha256', key).update(signedText(facts)).digest()

/** Compares with every key, in the same time whichever fits. */
function fitsAnyOf(keys: readonly string[], facts: SignedFacts, signature: Buffer): boolean {
  let fits = false
  for (const key of keys) if (timingSafeEqual(signFacts(facts, key), signature)) fits = true
  return fits
}

/**
 * Whether a producer's key has signed these facts: null, or why not. Throws TypeError if the secret
 * has no key of a producer that the scene takes: a fault of the deployment, and no drop is lost by it.
 */
export function judgeSignature(
  { producer, signature }: Signature,
  facts: SignedFacts,
  keys: ProducerKeys,
): Refusal | null {
  const own = Object.hasOwn(keys, producer) ? keys[producer]! : null
  if (!own)
    throw new TypeError(
      `the secret of producers' keys has none of ${producer}, whose drops the scene ${facts.scene} takes; the drop was not read`,
    )
  const bytes = Buffer.from(signature, 'hex')
  if (fitsAnyOf(own, facts, bytes)) return null
  const other = Object.keys(keys).find((name) => fitsAnyOf(keys[name]!, facts, bytes))
  if (other !== undefined)
    return {
      reason: 'wrong_producer',
      detail: `metadata ${SIGNATURE_METADATA.producer}: got ${producer}, but a key of ${other} has signed; nothing was accepted, and the raw object stays`,
    }
  return {
    reason: 'tampered',
    detail: `the signature fits no key of ${producer} for these bytes (SHA-256 ${facts.sha256}) at this key and time: the object was changed, moved or signed with another key; nothing was accepted, and the raw object stays`,
  }
}

/**
 * Notes that this drop uses the signature: null, or a refusal if another drop has. A redelivered drop
 * finds its own note.
 */
export async function useSignature(
  lake: ObjectStore,
  scene: string,
  { signedMs, signature }: Signature,
  { drop, arrivalMs }: Landed,
): Promise<Refusal | null> {
  const key = usedSignatureKey({ scene, signedMs, signature })
  const note = canonicalJson({ drop, arrivalMs })
  if (await lake.putIfAbsent(key, note, 'application/json')) return null
  const used = await getJson(lake, key, usedSignatureSchema)
  if (used.drop === drop) return null
  return {
    reason: 'replayed',
    detail: `the drop ${used.drop}, which arrived at ${isoSeconds(used.arrivalMs)}, has the same bytes, key and signature; nothing was accepted, and the raw object stays; sign it again if it is meant twice`,
  }
}
