import type { Parts } from '../contract/part.ts'
import type { CurrentRow, DecisionRow, ReleaseRow, VersionRow } from '../contract/registry.ts'
import type { Scene } from '../contract/scene.ts'
import { isoSeconds, MINUTE_MS } from '../contract/time.ts'
import type { Arm } from '../contract/training.ts'
import { InvalidInput, QuartermasterError } from '../core/errors.ts'
import { loadBase } from '../registry/ancestry.ts'
import { changeCurrent, LostRace } from '../registry/change-current.ts'
import { releaseLease, takeLease } from '../registry/lease.ts'
import type { Registry } from '../registry/registry.ts'
import { publishParts, type ReleasePart } from './parts/part.ts'

export interface Released {
  version: string
  sequence: number | null
  reason: string
  /** Whether an hourly chain is to be grown on this version before anybody is served it, and whose. */
  next: 'regrow' | 'done'
  arm: Arm
}
export interface ReleasePorts<Stores> {
  registry: Registry
  /** What every new release is made of, and what that is kept in. */
  parts: readonly ReleasePart<Stores>[]
  stores: Stores
}

/** How long a release without an hourly run may take before another writer takes its place. */
export const RELEASE_LEASE_MS = 20 * MINUTE_MS

export function decisionOf(
  kind: DecisionRow['kind'],
  row: Pick<VersionRow, 'tier' | 'version' | 'reason'>,
  timeMs: number,
  [from, to]: [number | null, number | null],
  reason: string,
): DecisionRow {
  const { tier, version } = row
  return { timeMs, kind, tier, version, from, to, reason, evidence: { gates: row.reason } }
}

/** Prepares a version's release with all its parts. Throws LostRace where a later writer has its sequence. */
export async function prepareRelease(
  registry: Registry,
  { scene, version, dataThroughMs }: VersionRow,
  parts: Parts,
  { sequence, fence, timeMs }: { sequence: number; fence: number | null; timeMs: number },
): Promise<void> {
  const isPrepared = await registry.prepare({
    ...{ scene, sequence, version, dataThroughMs, parts },
    preparedMs: timeMs,
    // Nothing to take a lease on yet: of two first releases the later one's goes before.
    fence: fence ?? timeMs,
  })
  if (!isPrepared) throw new LostRace(fence)
}

/** Whether a base is tried on some before it replaces what is served: not where that is distrusted. */
async function isToBeTried(
  registry: Registry,
  scene: Scene,
  current: CurrentRow,
  base: string,
): Promise<boolean> {
  if (!scene.canary || current.version === null) return false
  const served = await loadBase(registry, current.version)
  return served?.status === 'accepted' && served.version !== base
}

/** What changes in CURRENT with this release: in the canary's place while its trial lasts. */
function afterFlip(
  scene: Scene,
  latest: CurrentRow | null,
  row: VersionRow,
  { sequence, timeMs, place }: { sequence: number; timeMs: number; place: Arm },
): Partial<CurrentRow> {
  const { version } = row
  if (place === 'canary') {
    const { share, seed } = scene.canary!
    const sinceMs = latest!.canary?.sinceMs ?? timeMs
    return { lastSequence: sequence, canary: { sequence, version, share, seed, sinceMs } }
  }
  // A trial ends with its promotion, or when the configuration no longer has any.
  const canary = row.arm === 'canary' || !scene.canary ? null : (latest?.canary ?? null)
  return { lastSequence: sequence, sequence, version, flippedMs: timeMs, canary }
}

/** The right to flip: an hourly run has it from its plan; any other takes it now. */
export async function fenceOf(
  registry: Registry,
  current: CurrentRow | null,
  row: VersionRow,
  timeMs: number,
): Promise<number | null> {
  if (current === null) return null
  if (row.tier === 'hourly') return row.fence
  const taken = await takeLease(
    registry,
    current,
    `release of ${row.version}`,
    timeMs,
    timeMs + RELEASE_LEASE_MS,
  )
  if (taken.fence === null)
    throw new QuartermasterError(`${row.version} is to be released again: ${taken.reason}`)
  return taken.fence
}

/**
 * Whose chain is to be grown on this base before anybody is served it, or null where it is served at
 * once: no hourly tier runs, or the served chain has seen no more than it.
 */
async function chooseRegrowth(
  registry: Registry,
  scene: Scene,
  row: VersionRow,
  current: CurrentRow | null,
  serving: ReleaseRow | null,
): Promise<Arm | null> {
  if (current === null || row.tier === 'hourly' || scene.tiers.hourly === undefined) return null
  const isFrozen = (await registry.holds()).some(
    ({ subject, isHeld }) => isHeld && subject === 'hourly',
  )
  if (isFrozen) return null
  if (await isToBeTried(registry, scene, current, row.version)) return 'canary'
  return serving && serving.dataThroughMs > row.dataThroughMs ? 'served' : null
}

interface Flip {
  /** What was read under the fence; null before the first release. */
  latest: CurrentRow | null
  fence: number | null
  /** Sequence that is served in this place now. */
  from: number | null
  place: Arm
  kind: 'flip' | 'canary' | 'promotion'
  timeMs: number
}

/** Publishes and verifies every part, prepares the release in full and flips to it. */
async function flipTo<Stores>(
  { registry, parts, stores }: ReleasePorts<Stores>,
  scene: Scene,
  row: VersionRow,
  { latest, fence, from, place, kind, timeMs }: Flip,
): Promise<number> {
  const last = latest && (await registry.release(latest.lastSequence))
  const published = await publishParts(parts, stores, { version: row, timeMs }, last?.parts ?? {})
  const sequence = (latest?.lastSequence ?? 0) + 1
  await prepareRelease(registry, row, published, { sequence, fence, timeMs })
  // Written before the flip: after a crash between the two, the retry flips and writes it again.
  await registry.decide(decisionOf(kind, row, timeMs, [from, sequence], row.reason), row.version)
  await changeCurrent(registry, latest, afterFlip(scene, latest, row, { sequence, timeMs, place }))
  return sequence
}

/**
 * Prepares an accepted version's release in full, verifies it, then flips. A full or daily of a
 * scene with an hourly tier is not flipped to while the served chain has seen more: its own chain is
 * grown first, beside that one, or on trial where the scene tries its bases. `isPromoted`: what was
 * on trial is served to all. A retry after a crash anywhere ends with one release and one flip.
 * Throws CorruptArtifact when a stored part is not the one that was judged, QuartermasterError
 * when another writer is at work (retried).
 */
export async function releaseVersion<Stores>(
  ports: ReleasePorts<Stores>,
  scene: Scene,
  version: string,
  timeMs: number,
  isPromoted = false,
): Promise<Released> {
  const { registry } = ports
  const row = await registry.version(version)
  if (row?.status !== 'accepted' || row.modelKey === null || row.modelSha256 === null)
    throw new InvalidInput(
      `${version} is ${row?.status ?? 'not registered'}: only an accepted version is released`,
    )
  const done = (sequence: number | null, reason: string): Released => ({
    version,
    sequence,
    reason,
    next: 'done',
    arm: row.arm,
  })
  const current = await registry.current()
  const place: Arm = row.arm === 'canary' && scene.canary && !isPromoted ? 'canary' : 'served'
  const standing = place === 'canary' ? current?.canary : current?.version ? current : null
  if (standing?.version === version) {
    await releaseLease(registry, row.fence)
    return done(standing.sequence, 'released before')
  }
  const serving = standing ? await registry.release(standing.sequence) : null
  const arm = await chooseRegrowth(registry, scene, row, current, serving)
  if (arm !== null)
    return {
      ...done(null, 'accepted: the hourly chain is grown on it first'),
      next: 'regrow',
      arm,
    }

  const from = standing?.sequence ?? null
  const pass = async (reason: string): Promise<Released> => {
    await registry.decide(decisionOf('skip', row, timeMs, [from, from], reason), version)
    await releaseLease(registry, row.fence)
    return done(null, reason)
  }
  if (serving && serving.dataThroughMs > row.dataThroughMs)
    return pass(
      `accepted, not released: ${serving.version} is served and has seen data through ${isoSeconds(serving.dataThroughMs)}`,
    )
  const fence = await fenceOf(registry, current, row, timeMs)
  const latest = await registry.current()
  const now = place === 'canary' ? latest?.canary : latest
  // The same release, delivered twice at once: the other delivery was first.
  if (now?.version === version) return done(now.sequence, 'released before')
  if (latest && latest.fence !== fence)
    return pass('accepted, not released: another writer took the lease meanwhile')
  const kind = place === 'canary' ? 'canary' : isPromoted ? 'promotion' : 'flip'
  const flip: Flip = { latest, fence, from, place, kind, timeMs }
  return done(await flipTo(ports, scene, row, flip), row.reason)
}
