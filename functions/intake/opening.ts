import type { Kind } from '../contract/events.ts'
import type { ProducerKeys } from '../contract/signature.ts'
import type { ObjectInfo, ObjectStore } from '../core/objects.ts'
import { type Body, DigestedBody } from './digested-body.ts'
import { type Format, formatOf, type Landed, type Place, type Refusal } from './drop.ts'
import { judgeSignature, type Signature, signatureOf, useSignature } from './signature.ts'

export interface SignaturePorts {
  lake: ObjectStore
  /** Read for each signed drop, so that a new key works at once and a removed one no longer. */
  producerKeys: () => Promise<ProducerKeys>
}

/** How to read a drop that is not refused, and its signature if it has one. */
export interface Opening {
  format: Format
  signature: Signature | null
}

export function openingOf(info: ObjectInfo, place: Place, landed: Landed): Opening | Refusal {
  const signature = signatureOf(info, place, landed)
  if (signature && 'reason' in signature) return signature
  const format = formatOf(info, place)
  return 'reason' in format ? format : { format, signature }
}

/** Judges the signature once all bytes are read. Null if it is good, or none is needed. */
export async function checkSignature(
  { lake, producerKeys }: SignaturePorts,
  landed: Landed,
  { scene, kind }: { scene: string; kind: Kind },
  { signature, body }: { signature: Signature | null; body: Body },
): Promise<Refusal | null> {
  if (!signature || !(body instanceof DigestedBody)) return null
  const sha256 = await body.digest()
  const { signedMs } = signature
  const facts = { scene, kind, key: landed.rawKey, sha256, signedMs }
  return (
    judgeSignature(signature, facts, await producerKeys()) ??
    useSignature(lake, scene, signature, landed)
  )
}
