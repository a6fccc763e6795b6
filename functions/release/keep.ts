import { parseCollectableKey } from '../contract/keys.ts'
import type { CurrentRow, ReleaseRow, VersionRow } from '../contract/registry.ts'
import { DAY_MS } from '../contract/time.ts'
import { keptReleases } from '../registry/kept-releases.ts'

/** The last accepted fulls and dailies: the next run may build on any where the newer are refused. */
const KEPT_BASES = 3
/** A run in flight still reads its parent and champion. No run takes this long to read them. */
const YOUNG_MS = 2 * DAY_MS

/** The name that an object is collected under: its version, or its own key where it has none. */
export const collectionName = (key: string): string => parseCollectableKey(key)?.version ?? key

/** A release with the keys of all objects that it needs. */
type ReleaseObjects = Pick<ReleaseRow, 'sequence' | 'version'> & { objects: readonly string[] }

/**
 * The names (see `collectionName`) that must be kept. Pure.
 * - All that the last releases, the served release and the canary need.
 * - The last accepted fulls and dailies, and the newest version of each one's chain.
 * - Every version that is young or still in training, with its parent.
 * - For each of these, the base that its model is a delta of.
 */
export function chooseKept(
  current: CurrentRow,
  releases: readonly ReleaseObjects[],
  versions: readonly VersionRow[],
  nowMs: number,
): ReadonlySet<string> {
  const byId = new Map(versions.map((row) => [row.version, row]))
  const ofReleases = keptReleases(current, releases).flatMap(({ version, objects }) => [
    version,
    ...objects.map(collectionName),
  ])
  const accepted = versions.filter(({ status }) => status === 'accepted')
  const bases = accepted
    .filter(({ tier }) => tier !== 'hourly')
    .sort((a, b) => b.dataThroughMs - a.dataThroughMs || b.scheduledMs - a.scheduledMs)
    .slice(0, KEPT_BASES)
  const heads = bases.flatMap(({ version }) =>
    accepted
      .filter(({ base }) => base === version)
      .sort((a, b) => b.dataThroughMs - a.dataThroughMs)
      .slice(0, 1),
  )
  const inFlight = versions.filter(
    ({ status, scheduledMs }) => status === 'started' || scheduledMs > nowMs - YOUNG_MS,
  )
  const named = [
    current.version,
    ...ofReleases,
    ...[...bases, ...heads].map(({ version }) => version),
    ...inFlight.flatMap(({ version, parent }) => [version, parent]),
  ]
  const withBases = named.flatMap((version) => [version, byId.get(version ?? '')?.base ?? null])
  return new Set(withBases.filter((version) => version !== null))
}
