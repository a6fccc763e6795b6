import { closingSealKey } from '../contract/keys.ts'
import type { ObjectStore } from '../core/objects.ts'

/** Says that every piece of the closing has ended. Sealing twice is sealing once. */
export async function sealClosing(
  store: ObjectStore,
  scene: string,
  closedThroughMs: number,
): Promise<void> {
  await store.putIfAbsent(closingSealKey(scene, closedThroughMs), '{}', 'application/json')
}
