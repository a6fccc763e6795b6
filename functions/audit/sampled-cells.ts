import type { Feature } from '../contract/features.ts'
import type { EventRow } from '../contract/rows.ts'
import type { Scene } from '../contract/scene.ts'
import type { ServedCells } from '../contract/served.ts'
import type { ObjectStore } from '../core/objects.ts'

/** The cells that samples have of these slates, slate by slate. */
export async function sampledCells(
  _lake: ObjectStore,
  _scene: Scene,
  _features: readonly Feature[],
  slates: readonly (readonly EventRow[])[],
): Promise<ServedCells[][]> {
  return slates.map((rows) => rows.map(() => ({})))
}
