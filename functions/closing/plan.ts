import type { ClosingBatch, ClosingHour, ClosingPlan, DropManifest } from '../contract/accounts.ts'
import { parseCleanEventsKey, parseDropManifestKey } from '../contract/keys.ts'
import type { Scene } from '../contract/scene.ts'
import { DAY_MS, HOUR_MS, ms } from '../contract/time.ts'
import { cutBatches } from './cut.ts'
import { sumDrops, sumsOf } from './drop-sums.ts'

/** Dead letters are kept for 14 days. A drop that is redriven after this time is ignored. */
export const REDRIVE_DAYS = 15

/** A drop's name in the list of consumed drops, from its manifest's key. */
export function consumedName(manifestKey: string): string {
  const parsed = parseDropManifestKey(manifestKey)!
  return `${ms(parsed.arrivalMs)}-${parsed.drop}`
}

export interface ClosingInputs {
  scene: Scene
  scheduledMs: number
  closedThroughMs: number
  previous: ClosingPlan | null
  /** Open batches of the previous plan. They come first in the new plan. */
  carried: readonly ClosingBatch[]
  /**
   * Manifests, with their keys, that no earlier plan consumed and that arrived by `scheduledMs`.
   */
  drops: readonly { key: string; manifest: DropManifest }[]
}

interface File {
  key: string
  rows: number
}

function filesByHour({ previous, drops }: ClosingInputs): [hourMs: number, files: File[]][] {
  const byHour = new Map<number, File[]>()
  const files = [...(previous?.pending ?? []), ...drops.flatMap(({ manifest }) => manifest.files)]
  for (const { key, rows } of files) {
    const parsed = parseCleanEventsKey(key)
    if (!parsed) continue
    const found = byHour.get(parsed.hourMs)
    if (found) found.push({ key, rows })
    else byHour.set(parsed.hourMs, [{ key, rows }])
  }
  for (const found of byHour.values()) found.sort((a, b) => (a.key < b.key ? -1 : 1))
  return [...byHour].sort(([a], [b]) => a - b)
}

const hasPassed = (hourMs: number, plan: ClosingPlan | null): boolean =>
  plan !== null && hourMs + HOUR_MS <= plan.closedThroughMs

/** Closed hours with new files. The plan needs the keys of their earlier closings. */
export const lateHours = (inputs: ClosingInputs): number[] =>
  filesByHour(inputs)
    .map(([hourMs]) => hourMs)
    .filter((hourMs) => hasPassed(hourMs, inputs.previous))

/**
 * Plans the next closing: a pure function of the chain so far and the new drops. An hour closes
 * once `hour + 1 h ≤ closedThrough`. Files of open hours stay pending. An hour that an earlier plan
 * closed is closed again in the late lane, and compared with `earlierKeysOf` it.
 */
export function planClosing(
  inputs: ClosingInputs,
  earlierKeysOf: (hourMs: number) => readonly string[],
): ClosingPlan {
  const { scene, scheduledMs, closedThroughMs, previous, carried, drops } = inputs
  // A late hour needs the result of its earlier closing, so it waits while that closing is open.
  const underWay = new Set(carried.flatMap(({ hours }) => hours.map(({ hourMs }) => hourMs)))
  const hours: ClosingHour[] = []
  const pending: File[] = []
  for (const [hourMs, files] of filesByHour(inputs)) {
    if (hourMs + HOUR_MS > closedThroughMs || underWay.has(hourMs)) {
      pending.push(...files)
      continue
    }
    const isLate = hasPassed(hourMs, previous)
    hours.push({
      hourMs,
      lane: isLate ? 'late' : 'first',
      accepted: files.reduce((sum, { rows }) => sum + rows, 0),
      cleanKeys: files.map(({ key }) => key),
      earlierKeys: isLate ? [...earlierKeysOf(hourMs)] : [],
    })
  }
  const oldest = ms(Math.max(0, scheduledMs - REDRIVE_DAYS * DAY_MS))
  return {
    scene: scene.scene,
    closedThroughMs,
    previousClosedThroughMs: previous?.closedThroughMs ?? null,
    pieces: [...carried, ...cutBatches(scene.scene, closedThroughMs, hours)],
    pending,
    consumedDrops: [
      ...(previous?.consumedDrops ?? []).filter((name) => name >= oldest),
      ...drops.map(({ key }) => consumedName(key)),
    ].sort(),
    // The data gates judge what is learned from, and served cells are not.
    drops: sumDrops(
      drops
        .filter(({ manifest }) => manifest.kind !== 'served')
        .map(({ manifest }) => sumsOf(manifest)),
    ),
  }
}
