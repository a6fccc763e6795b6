import type { DecisionRow, ReleaseRow } from '../contract/registry.ts'
import { loadDeltaBase } from '../registry/ancestry.ts'
import { loadCollected, type Registry } from '../registry/registry.ts'
import { collectionName } from './keep.ts'

/** What of a release was collected, so that it cannot be served again; null: it is whole. */
export type MissingOf = (release: Pick<ReleaseRow, 'version' | 'parts'>) => string | null

/**
 * What was collected, as it is known now. Whoever means to flip reads CURRENT first and this
 * after it: then nothing is marked that the flip's own fence does not stop.
 */
export async function loadMissing(registry: Registry): Promise<MissingOf> {
  const collected = await loadCollected(registry)
  return ({ version, parts }) => {
    const keys = Object.values(parts).flatMap(({ key, base }) => (base ? [key, base.key] : [key]))
    return [version, ...keys.map(collectionName)].find((name) => collected.has(name)) ?? null
  }
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
    const version = await registry.version(release.version)
    const base = version?.base ? await loadDeltaBase(registry, version) : version
    if (version?.status === 'accepted' && base?.status === 'accepted') return release
  }
  return null
}
