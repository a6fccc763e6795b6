import type { DecisionRow, ReleaseRow } from '../contract/registry.ts'
import { baseOf } from '../registry/ancestry.ts'
import { loadCollected, type Registry } from '../registry/registry.ts'

/** Why a release cannot be served again, or null: all of it still stands. */
export type MissingOf = (release: {
  version: string
  base: { version: string } | null
}) => string | null

/**
 * What was collected, as it is known now. Whoever means to flip reads CURRENT first and this
 * after it: then nothing is marked that the flip's own fence does not stop.
 */
export async function loadMissing(registry: Registry): Promise<MissingOf> {
  const collected = await loadCollected(registry)
  return (release) =>
    [release.version, baseOf(release)].find((version) => collected.has(version)) ?? null
}

const SERVING: readonly DecisionRow['kind'][] = ['flip', 'promotion', 'rollback']

/** The last of these releases that everybody was served, and of which nobody has refused the version or its base since. */
export async function findPrevious(
  registry: Registry,
  earlier: readonly ReleaseRow[],
): Promise<ReleaseRow | null> {
  const served = new Set(
    (await registry.decisions()).filter(({ kind }) => SERVING.includes(kind)).map(({ to }) => to),
  )
  for (const release of earlier.toReversed()) {
    if (!served.has(release.sequence)) continue
    const names = new Set([release.version, baseOf(release)])
    const versions = await Promise.all([...names].map((name) => registry.version(name)))
    if (versions.every((version) => version?.status === 'accepted')) return release
  }
  return null
}
