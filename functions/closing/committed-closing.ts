import { closingCommitKey, closingPlanKey, closingPlanPrefix } from '../contract/keys.ts'
import type { Scene } from '../contract/scene.ts'
import { DAY_MS } from '../contract/time.ts'
import type { ObjectStore } from '../core/objects.ts'
import { closableThrough } from '../registry/timetable.ts'

/** Closings come hourly. Only after a longer silence the whole chain is listed. */
const RECENT_MS = 3 * DAY_MS
const TIME = /\/(\d{13})\/[^/]+$/

/**
 * The newest committed closing of those that a scheduled time allows, or null if there is none yet. A closing that
 * still runs is left to the next call.
 */
export async function committedThrough(
  lake: Pick<ObjectStore, 'list'>,
  scene: Scene,
  scheduledMs: number,
): Promise<number | null> {
  const throughMs = closableThrough(scene, scheduledMs)
  const recent = closingPlanKey(scene.scene, Math.max(0, throughMs - RECENT_MS))
  for (const startAfter of [recent, undefined]) {
    const listed = await lake.list(closingPlanPrefix(scene.scene), startAfter)
    const found = listed.findLast(({ key }) => {
      const closedThroughMs = Number(TIME.exec(key)?.[1])
      return closedThroughMs <= throughMs && key === closingCommitKey(scene.scene, closedThroughMs)
    })
    if (found) return Number(TIME.exec(found.key)![1])
  }
  return null
}
