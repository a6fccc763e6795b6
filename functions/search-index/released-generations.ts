import { SEARCH_PART } from '../contract/part.ts'
import type { Registry } from '../registry/registry.ts'

/** Releases that an operator can go back to. */
const KEPT_RELEASES = 3

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
  const generationOf = (sequence: number): string | undefined =>
    releases.find((release) => release.sequence === sequence)?.parts[SEARCH_PART]?.generation
  const last = releases.map(({ sequence }) => sequence).sort((a, b) => b - a)
  const sequences = [...last.slice(0, KEPT_RELEASES)]
  if (current) sequences.push(current.sequence)
  if (current?.canary) sequences.push(current.canary.sequence)
  const served = current && current.version !== null ? generationOf(current.sequence) : null
  return {
    served: served ?? null,
    pinned: new Set(sequences.flatMap((sequence) => generationOf(sequence) ?? [])),
  }
}
