import type { SpaceExtras } from '../../core/space.ts'
import { rotateRows } from '../../math/procrustes.ts'
import { commonItems, type ItemSpace, rotationOf } from './common-items.ts'
import type { SpaceTables } from './space-tables.ts'

export interface Alignment {
  /** dimensions × dimensions, row-major: a row of the new space times it. Null: the space stays as it is. */
  rotation: Float64Array | null
  /** What was done, or why nothing was. */
  reason: string
}

/** Why two spaces cannot be aligned, or null. */
export function notAligned(fresh: ItemSpace, served: ItemSpace | null): string | null {
  if (!served) return 'not aligned: nothing is served'
  if (fresh.dimensions !== served.dimensions)
    return `not aligned: it has ${fresh.dimensions} dimensions, the served one ${served.dimensions}`
  return null
}

/**
 * The rotation of a trained space to the served one: orthogonal, of both matrices of items (Schönemann 1966), by the
 * directions of the items that both have, at most 20,000. There is none where fewer items than dimensions are
 * common, or the dimensions differ.
 */
export function alignSpace(fresh: ItemSpace, served: ItemSpace | null): Alignment {
  const flaw = notAligned(fresh, served)
  if (flaw !== null) return { rotation: null, reason: flaw }
  const common = commonItems(fresh, served!)
  if (common.count < fresh.dimensions)
    return {
      rotation: null,
      reason: `not aligned: ${common.count} items with vectors are in both, expected ${fresh.dimensions} or more`,
    }
  return {
    rotation: rotationOf(common),
    reason: `aligned by one rotation on ${common.count} common items`,
  }
}

/** A space with all its vectors rotated. Inner products stay as they are. The map is the served one's. */
export function rotateSpace(
  { dimensions, items, users, documents }: SpaceTables,
  extras: SpaceExtras,
  rotation: Float64Array,
): { tables: SpaceTables; extras: SpaceExtras } {
  const rotated = (rows: Float32Array): Float32Array => rotateRows(rows, rotation, dimensions)
  const { contentIn, contentOut, ...others } = extras
  return {
    tables: {
      dimensions,
      items: { ...items, in: rotated(items.in), out: items.out && rotated(items.out) },
      users: { ...users, in: rotated(users.in) },
      documents: documents && { ...documents, in: rotated(documents.in) },
    },
    extras: {
      ...others,
      ...(contentIn && { contentIn: rotated(contentIn) }),
      ...(contentOut && { contentOut: rotated(contentOut) }),
    },
  }
}
