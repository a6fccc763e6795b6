import type { CurrentRow, VersionRow } from '../contract/registry.ts'
import type { Scene } from '../contract/scene.ts'
import { shapeDigest } from '../core/configuration.ts'
import { baseOf } from '../registry/ancestry.ts'
import { chooseBase, chooseHead } from './plan.ts'

/** The full or daily that each hourly chain starts from. Null: there is no such chain. */
export interface ChainBases {
  /** The base of the champion's chain. */
  served: VersionRow | null
  /** The base of the challenger's chain: it is on trial, or the candidate for the next trial. */
  canary: VersionRow | null
}

/**
 * Chooses the bases of the champion's and the challenger's chain. A scene without `canary` has one
 * chain, on the newest accepted base. So has a scene whose served base is no longer accepted.
 * Otherwise the champion's chain keeps its base. The challenger's chain grows beside it, on the base
 * that is on trial, or else on the newest accepted base.
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
  const challenger = current?.canary ? findBase(current.canary.version) : newest
  return { served, canary: challenger === served ? null : challenger }
}

/**
 * The newest version of the champion's chain when an interval began. The challenger is compared with
 * it on that interval.
 */
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
