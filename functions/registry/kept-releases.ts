import type { CurrentRow, ReleaseRow } from '../contract/registry.ts'

/** The last releases stay whole, so that they can be served again. */
const KEPT_RELEASES = 3

/** The releases whose parts must stay whole: the last ones, the served one and the canary, the newest first. */
export const keptReleases = <Release extends Pick<ReleaseRow, 'sequence'>>(
  current: CurrentRow | null,
  releases: readonly Release[],
): Release[] =>
  releases
    .toSorted((a, b) => b.sequence - a.sequence)
    .filter(
      ({ sequence }, i) =>
        i < KEPT_RELEASES ||
        sequence === current?.sequence ||
        sequence === current?.canary?.sequence,
    )
