import { SIGNATURE_METADATA } from '../../functions/contract/drop-metadata.ts'
import { parseRawKey } from '../../functions/contract/keys.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { parseProducerKeys, signFacts } from '../../functions/intake/signature.ts'
import type { Cloud } from '../local/cloud.ts'
import { UsageError } from './errors.ts'
import { readLocalSecret } from './local-secrets.ts'

/**
 * The cloud as a producer sees it: if the scene asks for signatures, each drop is signed at its
 * arrival, with the key that this cloud has generated. Throws UsageError if the scene does not take
 * drops of the producer of that key.
 */
export async function signDrops(cloud: Cloud, { scene, anticheat }: Scene): Promise<Cloud> {
  if (!anticheat?.signatures) return cloud
  const keys = parseProducerKeys(await readLocalSecret(cloud, 'ProducersSecret'))
  const { producers } = anticheat.signatures
  const producer = producers.find((name) => Object.hasOwn(keys, name))
  if (producer === undefined)
    throw new UsageError(
      `the scene ${scene} takes drops of ${producers.join(', ')}, and here only ${Object.keys(keys).join(', ')} has a key: add it to anticheat.signatures.producers`,
    )
  return {
    ...cloud,
    async dropRaw(key, body, metadata = {}) {
      const { kind } = parseRawKey(key)!
      const signedMs = Math.floor(cloud.clock.now())
      const facts = { scene, kind, key, sha256: sha256Hex(body), signedMs }
      await cloud.dropRaw(key, body, {
        ...metadata,
        [SIGNATURE_METADATA.producer]: producer,
        [SIGNATURE_METADATA.signedMs]: String(signedMs),
        [SIGNATURE_METADATA.signature]: signFacts(facts, keys[producer]![0]!).toString('hex'),
      })
    },
  }
}
