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
  /** `regrow`: an hourly chain must be grown on this version before it is served. */
  next: 'regrow' | 'done'
  /** Which chain this is about: `canary` is the challenger's, `served` the champion's. */
  arm: Arm
}
export interface ReleasePorts<Stores> {
  registry: Registry
  /** The parts to publish. */
  parts: readonly ReleasePart<Stores>[]
  /** Where the parts are read from and written to. */
  stores: Stores
}

/** The length of the lease of a release that no hourly run makes. */
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

/** Writes a version's release with all its parts. Throws LostRace where a later writer has the sequence. */
export async function prepareRelease(
  registry: Registry,
  { scene, version, dataThroughMs }: VersionRow,
  parts: Parts,
  { sequence, fence, timeMs }: { sequence: number; fence: number | null; timeMs: number },
): Promise<void> {
  const isPrepared = await registry.prepare({
    ...{ scene, sequence, version, dataThroughMs, parts },
    preparedMs: timeMs,
    // Before the first release there is no lease. Of two first releases, the later one wins.
    fence: fence ?? timeMs,
  })
  if (!isPrepared) throw new LostRace(fence)
}

/** Whether a base needs a trial before it is served. It needs none where the served base is refused. */
async function needsTrial(
  registry: Registry,
  scene: Scene,
  current: CurrentRow,
  base: string,
): Promise<boolean> {
  if (!scene.canary || current.version === null) return false
  const served = await loadBase(registry, current.version)
  return served?.status === 'accepted' && served.version !== base
}

/** The changes in CURRENT with this release. A release of the chain on trial replaces only the canary. */
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
  // A trial ends with its promotion, or where the scene has no canary any more.
  const canary = row.arm === 'canary' || !scene.canary ? null : (latest?.canary ?? null)
  return { lastSequence: sequence, sequence, version, flippedMs: timeMs, canary }
}

/** The fence to flip with. An hourly run has it from its plan; any other takes the lease now. */
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
    throw new QuartermasterError(`${row.version} was not released and is retried: ${taken.reason}`)
  return taken.fence
}

/**
 * Which hourly chain must be grown on this base before it is served: the challenger's (`canary`)
 * where the base needs a trial, else the champion's (`served`). Null where the base is served at
 * once: no hourly tier runs, or the served chain has no newer data.
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
  if (await needsTrial(registry, scene, current, row.version)) return 'canary'
  return serving && serving.dataThroughMs > row.dataThroughMs ? 'served' : null
}

interface Flip {
  /** CURRENT as read under the fence; null before the first release. */
  latest: CurrentRow | null
  fence: number | null
  /** The sequence that is in this place now. */
  from: number | null
  place: Arm
  kind: 'flip' | 'canary' | 'promotion'
  timeMs: number
}

/** Publishes and verifies every part, writes the whole release, then flips to it. */
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
  // The decision comes before the flip. After a crash between the two, the retry writes both again.
  await registry.decide(decisionOf(kind, row, timeMs, [from, sequence], row.reason), row.version)
  await changeCurrent(registry, latest, afterFlip(scene, latest, row, { sequence, timeMs, place }))
  return sequence
}

/**
 * Releases an accepted version: publishes and verifies its parts, writes the release, flips to it.
 * While the served hourly chain has newer data than a full or daily, that base is not released: its
 * own hourly chain is grown first, beside the served one, or on trial where the scene has a canary.
 * `isPromoted`: the version was on trial and is now served to all users. A retry after a crash
 * anywhere ends with one release and one flip. Throws CorruptArtifact where a stored part is not the
 * one that was judged, QuartermasterError where another writer holds the lease (retried).
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
      `${version} is ${row?.status ?? 'not registered'}: only an accepted version can be released`,
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
  const existing = place === 'canary' ? current?.canary : current?.version ? current : null
  if (existing?.version === version) {
    await releaseLease(registry, row.fence)
    return done(existing.sequence, 'already released')
  }
  const serving = existing ? await registry.release(existing.sequence) : null
  const arm = await chooseRegrowth(registry, scene, row, current, serving)
  if (arm !== null)
    return {
      ...done(null, 'accepted: its hourly chain is grown before it is served'),
      next: 'regrow',
      arm,
    }

  const from = existing?.sequence ?? null
  const skip = async (reason: string): Promise<Released> => {
    await registry.decide(decisionOf('skip', row, timeMs, [from, from], reason), version)
    await releaseLease(registry, row.fence)
    return done(null, reason)
  }
  if (serving && serving.dataThroughMs > row.dataThroughMs)
    return skip(
      `accepted, not released: ${serving.version} is served and has newer data, through ${isoSeconds(serving.dataThroughMs)}`,
    )
  const fence = await fenceOf(registry, current, row, timeMs)
  const latest = await registry.current()
  const now = place === 'canary' ? latest?.canary : latest
  // The same event may be delivered twice at the same time. The other delivery was first.
  if (now?.version === version) return done(now.sequence, 'already released')
  if (latest && latest.fence !== fence)
    return skip('accepted, not released: another writer has taken the lease')
  const kind = place === 'canary' ? 'canary' : isPromoted ? 'promotion' : 'flip'
  const flip: Flip = { latest, fence, from, place, kind, timeMs }
  return done(await flipTo(ports, scene, row, flip), row.reason)
}
