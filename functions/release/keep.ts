import { parseCollectableKey } from '../contract/keys.ts'
import type { CurrentRow, ReleaseRow, VersionRow } from '../contract/registry.ts'
import { DAY_MS } from '../contract/time.ts'

/** Law 7: so many releases stay servable whole. */
const KEPT_RELEASES = 3
/** Fulls and dailies that the next run may build on, were the newer ones refused. */
const KEPT_BASES = 3
/** A run in flight has pinned its parent and rivals; none takes so long to read them. */
const YOUNG_MS = 2 * DAY_MS

/** Under which name an object is collected: with its version's other files, or alone. */
export const collectionName = (key: string): string => parseCollectableKey(key)?.version ?? key

/** A release, and the keys of every object that it needs. */
type Needing = Pick<ReleaseRow, 'sequence' | 'version'> & { objects: readonly string[] }

/**
 * Names under which is kept what is needed: by the last releases, by the served one and by the
 * canary; the last accepted fulls and dailies and the heads of the chains on them; everything young
 * or still in training, with what that grows on; and of each of them the base that it is a delta of.
 * Pure.
 */
export function chooseKept(
  current: CurrentRow,
  releases: readonly Needing[],
  versions: readonly VersionRow[],
  nowMs: number,
): ReadonlySet<string> {
  const byId = new Map(versions.map((row) => [row.version, row]))
  const ofReleases = releases
    .toSorted((a, b) => b.sequence - a.sequence)
    .filter(
      ({ sequence }, i) =>
        i < KEPT_RELEASES || sequence === current.sequence || sequence === current.canary?.sequence,
    )
    .flatMap(({ version, objects }) => [version, ...objects.map(collectionName)])
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
