import { expect } from 'vitest'
import { SIGNATURE_METADATA } from '../../functions/contract/drop-metadata.ts'
import { parseRawKey, rawKey } from '../../functions/contract/keys.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { signFacts } from '../../functions/intake/signature.ts'
import { ARRIVAL_MS, type DropOptions, good, takeIn } from './take-in.ts'

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

export const BODY = [1, 2, 3].map((n) => good({ eventId: `e${n}` })).join('\n')
export const anticheat = { signatures: { producers: ['app', 'shop'] } }
export const producerKeys = { app: [APP], shop: [SHOP] }
/** Takes in a drop of a scene whose producers are app and shop. */
export const take = (metadata: Record<string, string>, options: DropOptions = {}, body = BODY) =>
  takeIn(body, { key: KEY, metadata, anticheat, producerKeys, ...options })
/** The refusal of a drop that left its account and nothing else. */
export const refusalOf = async (...given: Parameters<typeof take>) => {
  const { manifest, lake, quarantine } = await take(...given)
  expect([manifest.read, manifest.accepted, manifest.files]).toEqual([0, 0, []])
  // Nothing of the drop is visible: there is its account, and no row.
  expect([...lake.contents.keys()].filter((key) => key.startsWith('clean/'))).toEqual([])
  expect(quarantine.contents.size).toBe(0)
  return manifest.refused
}
