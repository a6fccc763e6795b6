import type { ClosingHour, ClosingPiece, ClosingPlan, DropManifest } from '../contract/accounts.ts'
import { parseCleanEventsKey, parseDropManifestKey } from '../contract/keys.ts'
import type { Scene } from '../contract/scene.ts'
import { DAY_MS, floorHour, HOUR_MS, MINUTE_MS, READING_MINUTES } from '../contract/time.ts'
import { sumDrops, sumsOf } from './drop-sums.ts'

/**
 * Rows of one piece: an event row is about 1 KB in memory while duplicates are decided, so a piece
 * holds some 300 MB. An hour is never cut; one that is larger is a piece of its own.
 */
const ROWS_PER_PIECE = 300_000
/** Dead letters are kept for 14 days: a drop that is redriven later than this is not seen. */
export const REDRIVE_DAYS = 15

/** Drops that have arrived by then are seen by the closing of a scheduled time. */
export const arrivedThrough = (scheduledMs: number): number =>
  scheduledMs - READING_MINUTES * MINUTE_MS

/** How far hours can be closed at a scheduled time: each has waited its lateness out. */
export const closableThrough = (scene: Scene, scheduledMs: number): number =>
  floorHour(scheduledMs - Math.max(scene.latenessMinutes, READING_MINUTES) * MINUTE_MS)

/** A drop's name among the consumed ones, from its manifest's key. */
export function consumedName(manifestKey: string): string {
  const parsed = parseDropManifestKey(manifestKey)!
  return `${String(parsed.arrivalMs).padStart(13, '0')}-${parsed.drop}`
}

/** Cuts hours in order into pieces that one function can hold. */
function cutPieces(
  scene: string,
  closedThroughMs: number,
  hours: readonly ClosingHour[],
): ClosingPiece[] {
  const pieces: ClosingPiece[] = []
  let rows = 0
  for (const hour of hours) {
    const last = pieces[pieces.length - 1]
    if (last && rows + hour.accepted <= ROWS_PER_PIECE) {
      last.hours.push(hour)
      rows += hour.accepted
    } else {
      pieces.push({ scene, closedThroughMs, piece: pieces.length, hours: [hour] })
      rows = hour.accepted
    }
  }
  return pieces
}

export interface ClosingInputs {
  scene: Scene
  scheduledMs: number
  closedThroughMs: number
  previous: ClosingPlan | null
  /** Whether every piece of the previous plan has ended; else they are carried in front. */
  isPreviousSealed: boolean
  /** Manifests that no earlier plan consumed, with their keys, arrived by `scheduledMs`. */
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

/** Event hours that were closed before and got new files: their earlier closings must be known. */
export const lateHours = (inputs: ClosingInputs): number[] =>
  filesByHour(inputs)
    .map(([hourMs]) => hourMs)
    .filter((hourMs) => hasPassed(hourMs, inputs.previous))

/**
 * What the next closing does: a pure function of the chain so far and the drops that are new. An
 * hour closes once `hour + 1 h ≤ closedThrough`; files of hours still open stay pending; an hour
 * that the previous plan had passed is closed again in the late lane, against `earlierKeysOf` it.
 */
export function planClosing(
  inputs: ClosingInputs,
  earlierKeysOf: (hourMs: number) => readonly string[],
): ClosingPlan {
  const { scene, scheduledMs, closedThroughMs, previous, drops } = inputs
  const carried = previous && !inputs.isPreviousSealed ? previous.pieces : []
  // A late hour cannot be closed beside the very piece whose result it must not repeat.
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
  const oldest = String(Math.max(0, scheduledMs - REDRIVE_DAYS * DAY_MS)).padStart(13, '0')
  return {
    scene: scene.scene,
    closedThroughMs,
    previousClosedThroughMs: previous?.closedThroughMs ?? null,
    pieces: [...carried, ...cutPieces(scene.scene, closedThroughMs, hours)],
    pending,
    consumedDrops: [
      ...(previous?.consumedDrops ?? []).filter((name) => name >= oldest),
      ...drops.map(({ key }) => consumedName(key)),
    ].sort(),
    drops: sumDrops(drops.map(({ manifest }) => sumsOf(manifest))),
  }
}
