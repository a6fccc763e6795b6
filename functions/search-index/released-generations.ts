import { SEARCH_PART } from '../contract/part.ts'
import type { ReleaseRow } from '../contract/registry.ts'
import { keptReleases } from '../registry/kept-releases.ts'
import type { Registry } from '../registry/registry.ts'

export interface ReleasedGenerations {
  /** Of the release that is served; null where there is none, or it has no index. */
  served: string | null
  /** Of all releases that are served, on trial, or may be served again. */
  pinned: ReadonlySet<string>
}

/** The generations of the index that releases name. */
export async function releasedGenerations(
  registry: Pick<Registry, 'current' | 'releases'>,
): Promise<ReleasedGenerations> {
  const [current, releases] = await Promise.all([registry.current(), registry.releases()])
  const generationOf = (release: ReleaseRow | undefined): string | null =>
    release?.parts[SEARCH_PART]?.generation ?? null
  const served = releases.find(({ sequence }) => sequence === current?.sequence)
  return {
    served: current?.version == null ? null : generationOf(served),
    pinned: new Set(keptReleases(current, releases).flatMap((one) => generationOf(one) ?? [])),
  }
}
