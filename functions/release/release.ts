import type { CurrentRow, DecisionRow, ReleaseRow, VersionRow } from '../contract/registry.ts'
import type { Scene } from '../contract/scene.ts'
import { isoSeconds, MINUTE_MS } from '../contract/time.ts'
import type { Arm } from '../contract/training.ts'
import { sha256Hex } from '../core/digest.ts'
import { CorruptArtifact, InvalidInput, QuartermasterError } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'
import { loadBase, loadDeltaBase } from '../registry/ancestry.ts'
import { changeCurrent, LostRace } from '../registry/change-current.ts'
import { giveLeaseBack, takeLease } from '../registry/lease.ts'
import type { Registry } from '../registry/registry.ts'

export interface Released {
  version: string
  sequence: number | null
  reason: string
  /** Whether an hourly chain is to be grown on this version before anybody is served it, and whose. */
  next: 'regrow' | 'done'
  arm: Arm
}
export interface ReleasePorts {
  models: ObjectStore
  registry: Registry
  /** Puts the online values that came since the last release, all where its features were others; answers what generation they are of. */
  publish: (row: VersionRow, last: ReleaseRow | null) => Promise<{ featureGeneration: string }>
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

/** The stored artifact is the one that was judged. */
export async function verifyModel(models: ObjectStore, row: VersionRow): Promise<void> {
  if (sha256Hex(await models.get(row.modelKey!)) !== row.modelSha256)
    throw new CorruptArtifact(
      `${row.modelKey}: got another SHA-256 than the ${row.modelSha256} that was judged`,
    )
}

/** A release in full, but for its place in the sequence. */
export async function describeRelease(
  registry: Registry,
  row: VersionRow,
): Promise<
  Pick<ReleaseRow, 'scene' | 'version' | 'modelKey' | 'modelSha256' | 'base' | 'dataThroughMs'>
> {
  const base = await loadDeltaBase(registry, row)
  return {
    scene: row.scene,
    version: row.version,
    modelKey: row.modelKey!,
    modelSha256: row.modelSha256!,
    base: base && {
      version: base.version,
      modelKey: base.modelKey!,
      modelSha256: base.modelSha256!,
    },
    dataThroughMs: row.dataThroughMs,
  }
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

/** Verifies the model, publishes its values, prepares the release in full and flips to it. */
async function flipTo(
  { models, registry, publish }: ReleasePorts,
  scene: Scene,
  row: VersionRow,
  { latest, fence, from, place, kind, timeMs }: Flip,
): Promise<number> {
  await verifyModel(models, row)
  const sequence = (latest?.lastSequence ?? 0) + 1
  const last = latest && (await registry.release(latest.lastSequence))
  const { featureGeneration } = await publish(row, last)
  const isPrepared = await registry.prepare({
    ...(await describeRelease(registry, row)),
    sequence,
    // Nothing to take a lease on yet: of two first releases the later one's goes before.
    fence: fence ?? timeMs,
    featureGeneration,
    countsThroughMs: row.closedThroughMs,
    preparedMs: timeMs,
  })
  if (!isPrepared) throw new LostRace(fence)
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
 * Throws CorruptArtifact when the stored model is not the one that was judged, QuartermasterError
 * when another writer is at work (retried).
 */
export async function releaseVersion(
  ports: ReleasePorts,
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
    await giveLeaseBack(registry, row.fence)
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
    await giveLeaseBack(registry, row.fence)
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
