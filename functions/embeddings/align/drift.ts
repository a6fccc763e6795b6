import type { DriftFigures, SeedFigures } from '../../contract/space-comparison.ts'
import { rotateRows } from '../../math/procrustes.ts'
import { notAligned } from './align-space.ts'
import { type CommonItems, commonItems, type ItemSpace, rotationOf } from './common-items.ts'

type Side = 'in' | 'out'
type BySide<T> = Record<Side, T>
const bySide = <T>(figure: (side: Side) => T): BySide<T> => ({
  in: figure('in'),
  out: figure('out'),
})

/** The items that two spaces have in common, or null where they are fewer than dimensions. */
function comparedItems(own: ItemSpace, other: ItemSpace | null): CommonItems | null {
  if (notAligned(own, other) !== null) return null
  const common = commonItems(own, other!)
  return common.count < common.dimensions ? null : common
}

/** The cosine of each item's rows in both spaces. */
function cosines({ count, dimensions, other }: CommonItems, rows: Float32Array, side: Side) {
  const found = new Float64Array(count)
  for (let at = 0; at < rows.length; at++)
    found[Math.floor(at / dimensions)]! += rows[at]! * other[side][at]!
  return found
}
const meanOf = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** The cosines of each item after the best rotation of all. */
function bestCosines(common: CommonItems): BySide<Float64Array> {
  const rotation = rotationOf(common)
  return bySide((side) =>
    cosines(common, rotateRows(common.own[side], rotation, common.dimensions), side),
  )
}

/**
 * How far the items of a space are from those of the served one, as they are and after the best rotation. The same of a
 * training with another seed. Null where the two cannot be compared.
 */
export function measureDrift(
  fresh: ItemSpace,
  served: ItemSpace | null,
  otherSeed: ItemSpace | null,
): DriftFigures | null {
  const common = comparedItems(fresh, served)
  if (!common) return null
  const best = bestCosines(common)
  const seeds = otherSeed && comparedItems(otherSeed, served)
  const ofSeeds = seeds && bestCosines(seeds)
  return {
    common: common.count,
    cosine: bySide((side) => meanOf(cosines(common, common.own[side], side))),
    best: bySide((side) => meanOf(best[side])),
    ...(ofSeeds && { seeds: bySide((side) => meanOf(ofSeeds[side])) }),
  }
}

/** Items whose cosine is below this share of the upper quartile are astray. */
const ASTRAY = 0.5

/** How alike the items of two trainings are after the best rotation. Null where the two cannot be compared. */
export function measureSeeds(fresh: ItemSpace, otherSeed: ItemSpace | null): SeedFigures | null {
  const common = comparedItems(fresh, otherSeed)
  if (!common) return null
  const best = bestCosines(common)
  const quartileOf = (side: Side): number => best[side].toSorted()[Math.floor(0.75 * common.count)]!
  return {
    common: common.count,
    upperQuartile: bySide(quartileOf),
    astray: bySide((side) => {
      const least = ASTRAY * quartileOf(side)
      return best[side].filter((cosine) => cosine < least).length / common.count
    }),
  }
}
