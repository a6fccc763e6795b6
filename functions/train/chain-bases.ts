import type { CurrentRow, VersionRow } from '../contract/registry.ts'
import type { Scene } from '../contract/scene.ts'
import { shapeDigest } from '../core/configuration.ts'
import { baseOf } from '../registry/ancestry.ts'
import { chooseBase, chooseHead } from './plan.ts'

/** What the two arms' chains stand on; null where there is none. */
export interface ChainBases {
  served: VersionRow | null
  /** On trial, or the candidate for the next one. */
  canary: VersionRow | null
}

/**
 * Without a canary in its configuration, or when what is served is no longer trusted, a scene's
 * chain moves to the newest accepted base. With one, the served chain stays where it is, and the
 * base on trial, or else the newest accepted one, grows a chain of its own beside it.
 */
export function chooseChainBases(
  scene: Scene,
  current: CurrentRow | null,
  versions: readonly VersionRow[],
  throughMs: number,
  shape = shapeDigest(scene),
): ChainBases {
  const newest = chooseBase(versions, throughMs, shape) ?? chooseBase(versions, throughMs)
  const find = (version: string): VersionRow | null =>
    versions.find((row) => row.version === version) ?? null
  const findBase = (version: string): VersionRow | null => {
    const row = find(version)
    return row && find(baseOf(row))
  }
  const served = current?.version ? findBase(current.version) : null
  if (!scene.canary || served?.status !== 'accepted') return { served: newest, canary: null }
  const tried = current?.canary ? findBase(current.canary.version) : newest
  return { served, canary: tried === served ? null : tried }
}

/** The served chain as it stood when an interval began: what the canary is compared with on it. */
export function chooseControl(
  { served }: ChainBases,
  versions: readonly VersionRow[],
  fromMs: number,
): VersionRow | null {
  if (!served || served.dataThroughMs > fromMs) return null
  return chooseHead(
    versions.filter(({ dataThroughMs }) => dataThroughMs <= fromMs),
    served,
  )
}
