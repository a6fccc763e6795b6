import type { ReleaseRow } from '../contract/registry.ts'
import { InvalidInput } from '../core/errors.ts'
import { baseOf, loadBase } from '../registry/ancestry.ts'
import { changeCurrent, LostRace } from '../registry/change-current.ts'
import type { Registry } from '../registry/registry.ts'
import { decisionOf, fenceOf, type Released } from './release.ts'
import { findPrevious, loadMissing } from './served-before.ts'

/** The last whole and accepted release before `sequence` with another base; null where there is none. */
async function findOtherBase(
  registry: Registry,
  base: string,
  sequence: number,
): Promise<ReleaseRow | null> {
  const missingOf = await loadMissing(registry)
  const versions = await registry.versions()
  const ofBase = new Set(versions.filter((row) => baseOf(row) === base).map((row) => row.version))
  const earlier = (await registry.releases()).filter(
    (release) =>
      release.sequence < sequence && !ofBase.has(release.version) && missingOf(release) === null,
  )
  return findPrevious(registry, earlier)
}

const nothingServed = (version: string): InvalidInput =>
  new InvalidInput(`${version}: nothing is served, so nothing was withdrawn`)

/**
 * Withdraws the served release, after closed intervals have shown that it is no better than a
 * constant prediction. The last earlier release with another base is served again, or nothing where
 * there is none. The served version and its base are refused, so that no run builds on them.
 * `version` is the version whose evaluation found it; it is refused too. A retry ends with one
 * decision and one flip. Throws InvalidInput where nothing is served, LostRace where another writer
 * changed CURRENT first.
 */
export async function withdrawServed(
  registry: Registry,
  version: string,
  reason: string,
  timeMs: number,
): Promise<Released> {
  const row = await registry.version(version)
  const current = await registry.current()
  if (!row || !current) throw nothingServed(version)
  const subject = `withdraw for ${version}`
  const done = async (served: string | null, sequence: number): Promise<Released> => {
    await registry.settle({ ...row, status: 'refused', reason }, 'started')
    const now = served === null ? { version, sequence: null } : { version: served, sequence }
    return { ...now, reason, next: 'done', arm: 'served' }
  }
  if (current.flippedMs === timeMs && (await registry.hasDecision(timeMs, subject)))
    return done(current.version, current.sequence)
  const served = current.version === null ? null : await registry.version(current.version)
  if (!served) throw nothingServed(version)
  const fence = await fenceOf(registry, current, row, timeMs)
  const latest = await registry.current()
  if (latest?.fence !== fence || latest.sequence !== current.sequence) throw new LostRace(fence)

  const target = await findOtherBase(registry, baseOf(served), current.sequence)
  const withdrawal = `withdrawn: ${reason}`
  const change: [from: number, to: number | null] = [current.sequence, target?.sequence ?? null]
  // A rollback names the version that is served again, a withdrawal the one that is not any more.
  const decision = target
    ? decisionOf('rollback', { ...served, version: target.version }, timeMs, change, withdrawal)
    : decisionOf('withdrawal', served, timeMs, change, withdrawal)
  const evidence = { gate: 'served-constant', withdrawn: served.version }
  await registry.decide({ ...decision, evidence }, subject)
  const base = await loadBase(registry, served.version)
  for (const withdrawn of [served, base])
    if (withdrawn)
      await registry.settle({ ...withdrawn, status: 'refused', reason: withdrawal }, 'accepted')
  const flipped = await changeCurrent(registry, latest, {
    sequence: target?.sequence ?? latest.sequence,
    version: target?.version ?? null,
    flippedMs: timeMs,
    // A trial needs a served release to compare with. Without one it ends.
    canary: target ? latest.canary : null,
  })
  return done(flipped.version, flipped.sequence)
}
