import type { ClaimMaker, ClaimsName } from '../../contract/claim-keys.ts'
import { claimManifestKey } from '../../contract/claim-keys.ts'
import { type ClaimManifest, claimManifestSchema } from '../../contract/graph.ts'
import { digestOf } from '../../core/digest.ts'
import { findJson, type ObjectStore } from '../../core/objects.ts'
import { readEach } from '../../core/read-each.ts'
import type { Refusals } from './claim.ts'
import { type ClaimBatch, writeClaims } from './claim-file.ts'
import { Superseded } from './superseded.ts'

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
/** A batch that is there, without its lists: some hundred bytes. */
export interface MadeBatch {
  name: ClaimsName
  claims: number
  refused: Refusals
  gone: number
  /** It has no claim that later batches leave. Its file need not be read. */
  isSuperseded: boolean
}
export interface MadeClaims {
  /** In the order of the inputs. */
  batches: MadeBatch[]
  /** What all of them withdraw. */
  superseded: Superseded
}

/** Batches that are made at a time: each holds a drop in memory. */
const MADE_AT_ONCE = 4
/** Manifests that are read at a time: each lists the sources of a drop. */
const READ_AT_ONCE = 8

const nameOf = (scene: string, { maker, madeMs, inputs }: WantedClaims): ClaimsName => ({
  ...{ scene, maker, madeMs },
  digest: digestOf([scene, maker, madeMs, inputs]).slice(0, 32),
})

/**
 * The claims of some inputs: those that are there, or new ones. What a stopped call has made stays made. The newest are
 * looked for first, so that an old batch is known to be superseded when its manifest is read. Memory: four batches, eight
 * manifests, and the latest withdrawal of each source, however often it spoke.
 */
export async function makeClaims(
  store: ClaimStore,
  wanted: readonly WantedClaims[],
): Promise<MadeClaims> {
  const { lake, scene, codeDigest } = store
  const superseded = new Superseded()
  const batches = new Array<MadeBatch>(wanted.length)
  const note = (at: number, name: ClaimsName, manifest: ClaimManifest): void => {
    superseded.note(manifest)
    const { claims, refused, gone } = manifest
    batches[at] = { name, claims, refused, gone, isSuperseded: superseded.hasAll(manifest) }
  }
  const missing: number[] = []
  const findAt = async (at: number): Promise<void> => {
    const name = nameOf(scene, wanted[at]!)
    const manifest = await findJson(lake, claimManifestKey(name), claimManifestSchema)
    if (manifest) note(at, name, manifest)
    else missing.push(at)
  }
  await readEach([...wanted.keys()].reverse(), findAt, READ_AT_ONCE)
  const makeAt = async (at: number): Promise<void> => {
    const { inputs, make } = wanted[at]!
    const name = nameOf(scene, wanted[at]!)
    const digests = { codeDigest, configurationDigest: digestOf(inputs.configuration) }
    note(at, name, await writeClaims(lake, name, await make(), digests))
  }
  await readEach(missing, makeAt, MADE_AT_ONCE)
  return { batches, superseded }
}
