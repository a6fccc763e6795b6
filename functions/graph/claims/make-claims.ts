import type { ClaimMaker, ClaimsName } from '../../contract/claim-keys.ts'
import { claimManifestKey } from '../../contract/claim-keys.ts'
import { type ClaimManifest, claimManifestSchema } from '../../contract/graph.ts'
import { digestOf } from '../../core/digest.ts'
import { findJson, type ObjectStore } from '../../core/objects.ts'
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

/** The claims of these inputs: those that are there, or new ones. A call that is stopped leaves no manifest. */
export async function makeClaims(
  { lake, scene, codeDigest }: ClaimStore,
  { maker, madeMs, inputs, make }: WantedClaims,
): Promise<MadeClaims> {
  const digest = digestOf([scene, maker, madeMs, inputs]).slice(0, 32)
  const name: ClaimsName = { scene, maker, madeMs, digest }
  const known = await findJson(lake, claimManifestKey(name), claimManifestSchema)
  if (known) return { name, manifest: known }
  const digests = { codeDigest, configurationDigest: digestOf(inputs.configuration) }
  const packed = packClaims(name, await make(), digests)
  await writeClaims(lake, name, packed)
  return { name, manifest: packed.manifest }
}
