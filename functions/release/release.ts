import type { CurrentRow, DecisionRow, ReleaseRow, VersionRow } from '../contract/registry.ts'
import type { Scene } from '../contract/scene.ts'
import { isoSeconds, MINUTE_MS } from '../contract/time.ts'
import { sha256Hex } from '../core/digest.ts'
import { CorruptArtifact, InvalidInput, QuartermasterError } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'
import { giveLeaseBack, takeLease } from './lease.ts'
import type { Registry } from './registry.ts'

export interface Released {
  version: string
  sequence: number | null
  reason: string
  /** Whether the hourly chain is to be grown on this version before anybody is served it. */
  next: 'regrow' | 'done'
}
export interface ReleasePorts {
  models: ObjectStore
  registry: Registry
  /** Puts the online values that came since `sinceMs`; answers what generation they are of. */
  publish: (row: VersionRow, sinceMs: number | null) => Promise<{ featureGeneration: string }>
}

/** How long a release without an hourly run may take before another writer takes its place. */
const RELEASE_LEASE_MS = 20 * MINUTE_MS

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
  const base = row.base === null ? null : await registry.version(row.base)
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

/** The right to flip: an hourly run has it from its plan; any other takes it now. */
async function fenceOf(
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
 * Prepares an accepted version's release in full, verifies it, then flips. A full or daily of a
 * scene with an hourly tier is not flipped to: its chain is grown first, beside the one that
 * serves. A retry after a crash anywhere ends with one release and one flip. Throws
 * CorruptArtifact when the stored model is not the one that was judged, QuartermasterError when
 * another writer is at work (retried).
 */
export async function releaseVersion(
  ports: ReleasePorts,
  scene: Scene,
  version: string,
  timeMs: number,
): Promise<Released> {
  const { models, registry, publish } = ports
  const row = await registry.version(version)
  if (row?.status !== 'accepted' || row.modelKey === null || row.modelSha256 === null)
    throw new InvalidInput(
      `${version} is ${row?.status ?? 'not registered'}: only an accepted version is released`,
    )
  const [current, holds] = await Promise.all([registry.current(), registry.holds()])
  const from = current?.sequence ?? null
  const done = (sequence: number | null, reason: string): Released => ({
    version,
    sequence,
    reason,
    next: 'done',
  })
  if (current?.version === version) {
    await giveLeaseBack(registry, row.fence)
    return done(current.sequence, 'released before')
  }
  const isHourlyOn =
    scene.tiers.hourly !== undefined &&
    !holds.some(({ subject, isHeld }) => isHeld && subject === 'hourly')
  if (current && row.tier !== 'hourly' && isHourlyOn)
    return { ...done(null, 'accepted: the hourly chain is grown on it first'), next: 'regrow' }

  const pass = async (reason: string): Promise<Released> => {
    await registry.decide(decisionOf('skip', row, timeMs, [from, from], reason), version)
    await giveLeaseBack(registry, row.fence)
    return done(null, reason)
  }
  const serving = current && (await registry.release(current.sequence))
  if (serving && serving.dataThroughMs > row.dataThroughMs)
    return pass(
      `accepted, not released: ${serving.version} is served and has seen data through ${isoSeconds(serving.dataThroughMs)}`,
    )
  const fence = await fenceOf(registry, current, row, timeMs)
  const latest = await registry.current()
  if (latest && latest.fence !== fence)
    return pass('accepted, not released: another writer took the lease meanwhile')

  await verifyModel(models, row)
  const sequence = (latest?.lastSequence ?? 0) + 1
  const { featureGeneration } = await publish(row, serving?.countsThroughMs ?? null)
  await registry.prepare({
    ...(await describeRelease(registry, row)),
    sequence,
    featureGeneration,
    countsThroughMs: row.closedThroughMs,
    preparedMs: timeMs,
  })
  // Written before the flip: after a crash between the two, the retry flips and writes it again.
  await registry.decide(decisionOf('flip', row, timeMs, [from, sequence], row.reason), version)
  const flipped: CurrentRow = {
    sequence,
    version,
    flippedMs: timeMs,
    lastSequence: sequence,
    // Raised, so that whoever read CURRENT before this flip cannot write over it.
    fence: (fence ?? 0) + 1,
    lease: null,
    canary: null,
  }
  if (!(await registry.change(flipped, latest ? fence : null)))
    throw new QuartermasterError(
      `another writer came between: ${version} is to be tried again under a new lease`,
    )
  return done(sequence, row.reason)
}
