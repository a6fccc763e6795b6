import {
  type Canary,
  CURRENT_SK,
  currentRowSchema,
  type ReleaseRow,
  releaseRowSchema,
  releaseSk,
  scenePk,
} from '../contract/registry.ts'
import { HOUR_MS } from '../contract/time.ts'
import { decodeModel } from '../core/artifact.ts'
import { sha256Hex } from '../core/digest.ts'
import { CorruptArtifact, ObjectMissing } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'
import type { TableStore } from '../core/tables.ts'
import { unitInterval } from '../math/hash.ts'
import { openModel, type ServingModel } from './model.ts'

/** A release whose model is in memory. */
export interface LoadedRelease {
  sequence: number
  version: string
  model: ServingModel
  /** How far back its features look. */
  windowMs: number
}
/** What is served at a moment; `canary` is not null only while its model is loaded. */
export interface Served {
  main: LoadedRelease | null
  canary: { release: LoadedRelease; on: Canary } | null
}

/** The release of one person: the canary's for the users that it is tried on. */
export const releaseFor = ({ main, canary }: Served, pseudonym: string): LoadedRelease | null =>
  canary && unitInterval(pseudonym, canary.on.seed) < canary.on.share ? canary.release : main

export interface ReleaseOptions {
  scene: string
  models: Pick<ObjectStore, 'get'>
  registry: Pick<TableStore, 'get'>
  onFault: (fault: unknown, during: string) => void
}
export interface Releases {
  served(): Served
  /**
   * Reads CURRENT, and loads what it names that is not in memory. Never throws: a fault is reported,
   * and what was served goes on. What was withdrawn is so at once, a canary or all that is served; a
   * canary that cannot be loaded is tried on nobody.
   */
  look(): Promise<void>
}

/** A release that failed is tried again at the next look, then after 2, 4, … and at most so many. */
const MAX_LOOKS_BETWEEN = 32

/** What CURRENT says of a release. */
type Pointer = Pick<ReleaseRow, 'sequence' | 'version'>
type ModelName = Pick<ReleaseRow, 'version' | 'modelKey' | 'modelSha256'>

function windowOf({ features }: ServingModel): number {
  const hours = features.map((feature) => ('windowHours' in feature ? feature.windowHours : 0))
  return Math.max(0, ...hours) * HOUR_MS
}

interface ReleasesState extends ReleaseOptions {
  pk: string
  /** By sequence: how often it failed, and how many looks it still waits. */
  failed: Map<number, { times: number; wait: number }>
  /** Models in memory by their SHA-256. */
  held: Map<string, ServingModel>
  /** SHA-256 of a release's base, by sequence. */
  bases: Map<number, string>
  served: Served
}

async function readModel(
  state: ReleasesState,
  name: ModelName,
  base: ServingModel | null,
): Promise<ServingModel> {
  const { models, scene } = state
  const found = state.held.get(name.modelSha256)
  if (found) return found
  const bytes = await models.get(name.modelKey)
  const sha256 = sha256Hex(bytes)
  if (sha256 !== name.modelSha256)
    throw new CorruptArtifact(
      `${name.modelKey}: got SHA-256 ${sha256}, expected ${name.modelSha256} as released`,
    )
  const model = openModel(decodeModel(bytes, name.modelKey), base)
  const { header } = model
  if (header.version !== name.version || header.scene !== scene)
    throw new CorruptArtifact(
      `${name.modelKey}: got ${header.version} of ${header.scene}, expected ${name.version} of ${scene}`,
    )
  state.held.set(name.modelSha256, model)
  return model
}

async function load(state: ReleasesState, { sequence, version }: Pointer): Promise<LoadedRelease> {
  const { registry, pk, scene } = state
  const row = await registry.get(pk, releaseSk(sequence))
  if (!row) throw new ObjectMissing(`no release ${sequence} of ${scene}, which is pointed to`)
  const release = releaseRowSchema.parse(row)
  // A writer that lost its flip may have left another release under this number.
  if (release.version !== version)
    throw new CorruptArtifact(
      `release ${sequence} of ${scene}: got ${release.version}, expected ${version} as pointed to`,
    )
  const base = release.base && (await readModel(state, release.base, null))
  const model = await readModel(state, release, base)
  if (release.base) state.bases.set(sequence, release.base.modelSha256)
  return { sequence, version, model, windowMs: windowOf(model) }
}

/** As load; null, after a report, where it failed now or failed lately. */
async function tryLoad(state: ReleasesState, pointer: Pointer): Promise<LoadedRelease | null> {
  const { failed, onFault, scene } = state
  const { sequence } = pointer
  const before = failed.get(sequence)
  if (before && before.wait > 0) {
    before.wait--
    return null
  }
  try {
    const release = await load(state, pointer)
    failed.delete(sequence)
    return release
  } catch (fault) {
    const times = before ? before.times + 1 : 0
    failed.set(sequence, { times, wait: Math.min(MAX_LOOKS_BETWEEN, 2 ** times) - 1 })
    onFault(fault, `loading release ${sequence} of ${scene}`)
    return null
  }
}

/** Forgets what is neither served nor the base of what is. */
function forget(state: ReleasesState, wanted: readonly number[]): void {
  const { served, failed } = state
  const inUse = [served.main, served.canary?.release].filter((release) => release != null)
  const sequences = new Set(inUse.map(({ sequence }) => sequence))
  state.bases = new Map([...state.bases].filter(([sequence]) => sequences.has(sequence)))
  const kept = new Set([...inUse.map(({ model }) => model)])
  const keptBases = new Set(state.bases.values())
  state.held = new Map(
    [...state.held].filter(([sha, model]) => kept.has(model) || keptBases.has(sha)),
  )
  for (const sequence of failed.keys()) if (!wanted.includes(sequence)) failed.delete(sequence)
}

async function resolve(state: ReleasesState): Promise<void> {
  const row = await state.registry.get(state.pk, CURRENT_SK)
  if (row === null) return
  const { sequence, version, canary: on } = currentRowSchema.parse(row)
  // What was served was withdrawn, and nothing stands in its place.
  if (version === null) {
    state.served = { main: null, canary: null }
    forget(state, [])
    return
  }
  const { main, canary } = state.served
  const known = (wanted: number): LoadedRelease | null =>
    [main, canary?.release].find((release) => release?.sequence === wanted) ?? null
  const trial = on && known(on.sequence)
  state.served = { main: known(sequence) ?? main, canary: trial && on && { release: trial, on } }
  if (!known(sequence)) {
    const loaded = await tryLoad(state, { sequence, version })
    state.served = { ...state.served, main: loaded ?? state.served.main }
  }
  if (on && !trial) {
    const release = await tryLoad(state, on)
    state.served = { ...state.served, canary: release && { release, on } }
  }
  forget(state, [sequence, ...(on ? [on.sequence] : [])])
}

/**
 * The releases in use. Models are kept by their SHA-256: those served, and the bases that they
 * stand upon, since an hourly chain comes back to its base at every release.
 */
export function openReleases(options: ReleaseOptions): Releases {
  const { scene, onFault } = options
  const state: ReleasesState = {
    ...options,
    pk: scenePk(scene),
    failed: new Map(),
    held: new Map(),
    bases: new Map(),
    served: { main: null, canary: null },
  }
  return {
    served: () => state.served,
    async look() {
      try {
        await resolve(state)
      } catch (fault) {
        onFault(fault, `reading what is served of ${scene}`)
      }
    },
  }
}
