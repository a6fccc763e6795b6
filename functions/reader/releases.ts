import type { Part, Parts } from '../contract/part.ts'
import {
  type Canary,
  CURRENT_SK,
  currentRowSchema,
  type ReleaseRow,
  releaseRowSchema,
  releaseSk,
  scenePk,
} from '../contract/registry.ts'
import { CorruptArtifact, ObjectMissing } from '../core/errors.ts'
import type { TableStore } from '../core/tables.ts'
import { unitInterval } from '../math/hash.ts'

/** Opens one part of a release, and caches the content that releases in use need. */
export interface PartReader<Content> {
  open(part: Part): Promise<Content>
  /** Drops all content that none of these parts, which are in use, needs. */
  keep(parts: readonly Part[]): void
}
/** Readers by the name of their part. Parts of a release without a reader are ignored. */
type PartReaders<Opened> = { readonly [Name in keyof Opened]: PartReader<Opened[Name]> }

/** A release whose known parts are in memory. */
export interface LoadedRelease<Opened> {
  sequence: number
  version: string
  parts: Parts
  opened: Opened
}
/** What is served now. `canary` is null where there is no trial or its release could not be loaded. */
export interface Served<Opened> {
  main: LoadedRelease<Opened> | null
  canary: { release: LoadedRelease<Opened>; on: Canary } | null
}

/** The release of one user: the canary's for the users of the trial. */
export const releaseFor = <Opened>(
  { main, canary }: Served<Opened>,
  pseudonym: string,
): LoadedRelease<Opened> | null =>
  canary && unitInterval(pseudonym, canary.on.seed) < canary.on.share ? canary.release : main

export interface ReleaseOptions<Opened> {
  scene: string
  readers: PartReaders<Opened>
  registry: Pick<TableStore, 'get'>
  onFault: (fault: unknown, during: string) => void
}
export interface Releases<Opened> {
  served(): Served<Opened>
  /**
   * Reads CURRENT, and loads the releases that it names and that are not in memory. Never throws: a
   * fault is reported, and the former release stays. A withdrawn release or canary is dropped at
   * once. A canary that cannot be loaded is served to no user.
   */
  look(): Promise<void>
}

/** A release that failed to load is tried again at the next look, then after 2, 4, … this many looks. */
const MAX_LOOKS_BETWEEN = 32

/** A release as CURRENT names it. */
type Pointer = Pick<ReleaseRow, 'sequence' | 'version'>

interface ReleasesState<Opened> extends ReleaseOptions<Opened> {
  pk: string
  /** By sequence: how often the release failed to load, and for how many looks it still waits. */
  failed: Map<number, { times: number; wait: number }>
  served: Served<Opened>
}

async function openParts<Opened>(readers: PartReaders<Opened>, parts: Parts): Promise<Opened> {
  const opened: Partial<Opened> = {}
  for (const name in readers) {
    const part = parts[name]
    if (!part) throw new CorruptArtifact(`the release has no part ${name}, which this reader needs`)
    opened[name] = await readers[name].open(part)
  }
  return opened as Opened
}

async function load<Opened>(
  state: ReleasesState<Opened>,
  { sequence, version }: Pointer,
): Promise<LoadedRelease<Opened>> {
  const { registry, pk, scene, readers } = state
  const row = await registry.get(pk, releaseSk(sequence))
  if (!row) throw new ObjectMissing(`no release ${sequence} of ${scene}, which CURRENT names`)
  const release = releaseRowSchema.parse(row)
  // A writer that lost its flip may have left another release under this number.
  if (release.version !== version)
    throw new CorruptArtifact(
      `release ${sequence} of ${scene}: got ${release.version}, expected ${version}, which CURRENT names`,
    )
  const { parts } = release
  return { sequence, version, parts, opened: await openParts(readers, parts) }
}

/** Loads a release. Null where that fails (the fault is reported) or where a failed release still waits. */
async function tryLoad<Opened>(
  state: ReleasesState<Opened>,
  pointer: Pointer,
): Promise<LoadedRelease<Opened> | null> {
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

/** Drops everything that no release in use needs. */
function forget<Opened>(state: ReleasesState<Opened>, wanted: readonly number[]): void {
  const { served, failed, readers } = state
  const inUse = [served.main, served.canary?.release].filter((release) => release != null)
  for (const name in readers) readers[name].keep(inUse.flatMap(({ parts }) => parts[name] ?? []))
  for (const sequence of failed.keys()) if (!wanted.includes(sequence)) failed.delete(sequence)
}

async function resolve<Opened>(state: ReleasesState<Opened>): Promise<void> {
  const row = await state.registry.get(state.pk, CURRENT_SK)
  if (row === null) return
  const { sequence, version, canary: on } = currentRowSchema.parse(row)
  // The served release was withdrawn, and no other replaces it.
  if (version === null) {
    state.served = { main: null, canary: null }
    forget(state, [])
    return
  }
  const { main, canary } = state.served
  const known = (wanted: number): LoadedRelease<Opened> | null =>
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

/** The releases in use, with their parts. */
export function openReleases<Opened>(options: ReleaseOptions<Opened>): Releases<Opened> {
  const { scene, onFault } = options
  const state: ReleasesState<Opened> = {
    ...options,
    pk: scenePk(scene),
    failed: new Map(),
    served: { main: null, canary: null },
  }
  return {
    served: () => state.served,
    async look() {
      try {
        await resolve(state)
      } catch (fault) {
        onFault(fault, `reading CURRENT of ${scene}`)
      }
    },
  }
}
