import { SIGNATURE_METADATA } from '../../functions/contract/drop-metadata.ts'
import { parseRawKey, rawKey } from '../../functions/contract/keys.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { signFacts } from '../../functions/intake/signature.ts'
import { ARRIVAL_MS } from './take-in.ts'

export const KEY = rawKey('feed', 'events', 'signed.jsonl')
export const APP = 'the-key-of-the-app-'.padEnd(40, 'a')
export const APP_NEXT = 'the-next-key-of-the-app-'.padEnd(40, 'b')
export const SHOP = 'the-key-of-the-shop-'.padEnd(40, 'c')

/** The metadata of a drop that `app` signs a second before its arrival, unless told otherwise. */
export function signed(
  body: Uint8Array | string,
  {
    key = KEY,
    producer = 'app',
    secret = APP,
    signedMs = ARRIVAL_MS - 1000,
  }: { key?: string; producer?: string; secret?: string; signedMs?: number } = {},
): Record<string, string> {
  const { scene, kind } = parseRawKey(key)!
  const facts = { scene, kind, key, sha256: sha256Hex(body), signedMs }
  return {
    [SIGNATURE_METADATA.producer]: producer,
    [SIGNATURE_METADATA.signedMs]: String(signedMs),
    [SIGNATURE_METADATA.signature]: signFacts(facts, secret).toString('hex'),
  }
}
