import type { ReleaseRow } from '../contract/registry.ts'
import { InvalidInput } from '../core/errors.ts'
import { baseOf, loadBase } from '../registry/ancestry.ts'
import { changeCurrent, LostRace } from '../registry/change-current.ts'
import type { Registry } from '../registry/registry.ts'
import { decisionOf, fenceOf, type Released } from './release.ts'
import { findPrevious, loadMissing } from './served-before.ts'

/** The last release before it that everybody was served and that stands on another base; null: none. */
async function findOtherLine(
  registry: Registry,
  base: string,
  sequence: number,
): Promise<ReleaseRow | null> {
  const missingOf = await loadMissing(registry)
  const versions = await registry.versions()
  const ofLine = new Set(versions.filter((row) => baseOf(row) === base).map((row) => row.version))
  const earlier = (await registry.releases()).filter(
    (release) =>
      release.sequence < sequence && !ofLine.has(release.version) && missingOf(release) === null,
  )
  return findPrevious(registry, earlier)
}

/**
 * Takes what is served from everybody, since closed intervals have shown it to be no better than a
 * constant prediction: the release before it that stands on another base is served again, or
 * nothing where there is none. The base and what was served of it are refused, so that nothing
 * grows on them; `version`, the run that found it, is refused with them. A retry ends with one
 * decision and one flip. Throws InvalidInput where nothing is served, LostRace when
 * another writer came between.
 */
export async function withdrawServed(
  registry: Registry,
  version: string,
  reason: string,
  timeMs: number,
): Promise<Released> {
  const row = await registry.version(version)
  const current = await registry.current()
  if (!row || !current) throw new InvalidInput(`${version}: nothing is served that it could judge`)
  const subject = `withdraw for ${version}`
  const done = async (served: string | null, sequence: number): Promise<Released> => {
    await registry.settle({ ...row, status: 'refused', reason }, 'started')
    const now = served === null ? { version, sequence: null } : { version: served, sequence }
    return { ...now, reason, next: 'done', arm: 'served' }
  }
  if (current.flippedMs === timeMs && (await registry.hasDecision(timeMs, subject)))
    return done(current.version, current.sequence)
  const served = current.version === null ? null : await registry.version(current.version)
  if (!served) throw new InvalidInput(`${version}: nothing is served that it could judge`)
  const fence = await fenceOf(registry, current, row, timeMs)
  const latest = await registry.current()
  if (latest?.fence !== fence || latest.sequence !== current.sequence) throw new LostRace(fence)

  const target = await findOtherLine(registry, baseOf(served), current.sequence)
  const why = `withdrawn: ${reason}`
  const change: [from: number, to: number | null] = [current.sequence, target?.sequence ?? null]
  // A rollback says what is served again, a withdrawal what is served no more.
  const decision = target
    ? decisionOf('rollback', { ...served, version: target.version }, timeMs, change, why)
    : decisionOf('withdrawal', served, timeMs, change, why)
  const evidence = { gate: 'served-constant', withdrawn: served.version }
  await registry.decide({ ...decision, evidence }, subject)
  const base = await loadBase(registry, served.version)
  for (const withdrawn of [served, base])
    if (withdrawn)
      await registry.settle({ ...withdrawn, status: 'refused', reason: why }, 'accepted')
  const flipped = await changeCurrent(registry, latest, {
    sequence: target?.sequence ?? latest.sequence,
    version: target?.version ?? null,
    flippedMs: timeMs,
    // A trial needs a served release to be compared with. The next run serves its base to all.
    canary: target ? latest.canary : null,
  })
  return done(flipped.version, flipped.sequence)
}
