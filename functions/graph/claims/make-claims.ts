import type { ClaimMaker, ClaimsName } from '../../contract/claim-keys.ts'
import { claimManifestKey } from '../../contract/claim-keys.ts'
import { type ClaimManifest, claimManifestSchema } from '../../contract/graph.ts'
import { digestOf } from '../../core/digest.ts'
import { findJson, type ObjectStore } from '../../core/objects.ts'
import { readEach } from '../../core/read-each.ts'
import { type ClaimBatch, packClaims, writeClaims } from './claim-file.ts'

/** A batch of claims that may be there already: equal inputs have one name. */
export interface WantedClaims {
  maker: ClaimMaker
  /** The drop's arrival, the closing, or the scheduled time. */
  madeMs: number
  /** All that the claims depend on: what is read, the extractor's version, and its configuration. */
  inputs: { read: unknown; extractor: string; configuration: unknown }
  make(): Promise<ClaimBatch>
}

export interface ClaimStore {
  lake: ObjectStore
  scene: string
  codeDigest: string
}
export interface MadeClaims {
  name: ClaimsName
  manifest: ClaimManifest
}

/** Batches that are made at a time: each holds a drop in memory. */
const MADE_AT_ONCE = 4

const nameOf = (scene: string, { maker, madeMs, inputs }: WantedClaims): ClaimsName => ({
  ...{ scene, maker, madeMs },
  digest: digestOf([scene, maker, madeMs, inputs]).slice(0, 32),
})

async function makeOne(
  { lake, scene, codeDigest }: ClaimStore,
  wanted: WantedClaims,
): Promise<MadeClaims> {
  const name = nameOf(scene, wanted)
  const configurationDigest = digestOf(wanted.inputs.configuration)
  const packed = packClaims(name, await wanted.make(), { codeDigest, configurationDigest })
  await writeClaims(lake, name, packed)
  return { name, manifest: packed.manifest }
}

/**
 * The claims of some inputs, in their order: those that are there, or new ones. What a stopped call has made stays made.
 * Memory: four batches, and the manifests.
 */
export async function makeClaims(
  store: ClaimStore,
  wanted: readonly WantedClaims[],
): Promise<MadeClaims[]> {
  const { lake, scene } = store
  const made = await readEach(wanted, async (one): Promise<MadeClaims | null> => {
    const name = nameOf(scene, one)
    const manifest = await findJson(lake, claimManifestKey(name), claimManifestSchema)
    return manifest && { name, manifest }
  })
  const missing = wanted.flatMap((_, at) => (made[at] ? [] : [at]))
  const makeAt = async (at: number): Promise<void> => {
    made[at] = await makeOne(store, wanted[at]!)
  }
  await readEach(missing, makeAt, MADE_AT_ONCE)
  return made.map((one) => one!)
}
