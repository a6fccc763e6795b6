import type { DecisionRow, VersionRow } from '../contract/registry.ts'
import { dateOf } from '../contract/time.ts'
import { sha256Hex } from '../core/digest.ts'
import { CorruptArtifact, InvalidInput, QuartermasterError } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'
import type { Registry } from './registry.ts'

export interface Released {
  version: string
  sequence: number | null
  reason: string
}

/**
 * Prepares an accepted version's release in full (`publish` puts the online values that came since
 * the one served now), verifies it, then flips. A retry after a crash anywhere ends with one
 * release and one flip. Throws CorruptArtifact when the stored model is not
 * the one that was judged, QuartermasterError when another release flipped meanwhile (retried).
 */
export async function releaseVersion(
  models: ObjectStore,
  registry: Registry,
  version: string,
  publish: (row: VersionRow, sinceMs: number | null) => Promise<{ featureGeneration: string }>,
  timeMs: number,
): Promise<Released> {
  const row = await registry.version(version)
  if (row?.status !== 'accepted' || row.modelKey === null || row.modelSha256 === null)
    throw new InvalidInput(
      `${version} is ${row?.status ?? 'not registered'}: only an accepted version is released`,
    )
  const current = await registry.current()
  const from = current?.sequence ?? null
  const decision = (kind: DecisionRow['kind'], to: number | null, reason: string): DecisionRow => ({
    timeMs,
    kind,
    tier: row.tier,
    version,
    from,
    to,
    reason,
    evidence: { gates: row.reason },
  })
  if (current?.version === version)
    return { version, sequence: current.sequence, reason: 'released before' }
  const serving = current && (await registry.version(current.version))
  if (serving && serving.dataThroughMs > row.dataThroughMs) {
    const reason = `accepted, not released: ${serving.version} is served and has seen data through ${dateOf(serving.dataThroughMs)}`
    await registry.decide(decision('skip', from, reason), version)
    return { version, sequence: null, reason }
  }

  const bytes = await models.get(row.modelKey)
  if (sha256Hex(bytes) !== row.modelSha256)
    throw new CorruptArtifact(
      `${row.modelKey}: got another SHA-256 than the ${row.modelSha256} that was judged`,
    )
  const standing = await registry.releases()
  const prepared = standing.find((release) => release.version === version)
  const sequence =
    prepared?.sequence ?? standing.reduce((max, release) => Math.max(max, release.sequence), 0) + 1
  const before = standing.find((release) => release.sequence === from)
  const { featureGeneration } = await publish(row, before?.countsThroughMs ?? null)
  await registry.prepare({
    scene: row.scene,
    sequence,
    version,
    modelKey: row.modelKey,
    modelSha256: row.modelSha256,
    featureGeneration,
    countsThroughMs: row.closedThroughMs,
    preparedMs: timeMs,
  })
  // Written before the flip: after a crash between the two, the retry flips and writes it again.
  await registry.decide(decision('flip', sequence, row.reason), version)
  if (!(await registry.flip({ sequence, version, flippedMs: timeMs }, from)))
    throw new QuartermasterError(
      `another release than ${from ?? 'none'} is served now: ${version} is to be tried again`,
    )
  return { version, sequence, reason: row.reason }
}
