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

/** Opens one part of a release, and keeps in memory what releases in use have of it. */
export interface PartReader<Content> {
  open(part: Part): Promise<Content>
  /** Forgets what none of these parts needs, which are in use. */
  keep(parts: readonly Part[]): void
}
/** By the name of its part. Parts of a release that have no reader here are ignored. */
type PartReaders<Opened> = { readonly [Name in keyof Opened]: PartReader<Opened[Name]> }

/** A release whose parts are in memory, those that this reader knows. */
export interface LoadedRelease<Opened> {
  sequence: number
  version: string
  parts: Parts
  opened: Opened
}
/** What is served at a moment; `canary` is not null only while it is loaded. */
export interface Served<Opened> {
  main: LoadedRelease<Opened> | null
  canary: { release: LoadedRelease<Opened>; on: Canary } | null
}

/** The release of one person: the canary's for the users that it is tried on. */
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

interface ReleasesState<Opened> extends ReleaseOptions<Opened> {
  pk: string
  /** By sequence: how often it failed, and how many looks it still waits. */
  failed: Map<number, { times: number; wait: number }>
  served: Served<Opened>
}

async function openParts<Opened>(readers: PartReaders<Opened>, parts: Parts): Promise<Opened> {
  const opened: Partial<Opened> = {}
  for (const name in readers) {
    const part = parts[name]
    if (!part) throw new CorruptArtifact(`it has no part ${name}, which this reader needs`)
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
  if (!row) throw new ObjectMissing(`no release ${sequence} of ${scene}, which is pointed to`)
  const release = releaseRowSchema.parse(row)
  // A writer that lost its flip may have left another release under this number.
  if (release.version !== version)
    throw new CorruptArtifact(
      `release ${sequence} of ${scene}: got ${release.version}, expected ${version} as pointed to`,
    )
  const { parts } = release
  return { sequence, version, parts, opened: await openParts(readers, parts) }
}

/** As load; null, after a report, where it failed now or failed lately. */
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

/** Forgets what no release in use needs. */
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
  // What was served was withdrawn, and nothing stands in its place.
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
        onFault(fault, `reading what is served of ${scene}`)
      }
    },
  }
}
