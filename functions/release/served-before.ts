import type { DecisionRow, ReleaseRow } from '../contract/registry.ts'
import { loadDeltaBase } from '../registry/ancestry.ts'
import { loadCollected, type Registry } from '../registry/registry.ts'
import { collectionName } from './keep.ts'

/** The version or object of a release that was collected; null where the release is whole. */
export type MissingOf = (release: Pick<ReleaseRow, 'version' | 'parts'>) => string | null

/**
 * Loads which versions and objects were collected. A writer that wants to flip must read CURRENT
 * first and this second: then its fence makes the flip fail if a later collection marks anything.
 */
export async function loadMissing(registry: Registry): Promise<MissingOf> {
  const collected = await loadCollected(registry)
  return ({ version, parts }) => {
    const keys = Object.values(parts).flatMap(({ key, base }) => (base ? [key, base.key] : [key]))
    return [version, ...keys.map(collectionName)].find((name) => collected.has(name)) ?? null
  }
}

const SERVING: readonly DecisionRow['kind'][] = ['flip', 'promotion', 'rollback']

/** The last of these releases that was served to all users and whose version and base are accepted. */
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
