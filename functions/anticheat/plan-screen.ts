import { closedName, closingTasks, leavesFiles } from '../closing/cut.ts'
import type { ClosingPlan } from '../contract/accounts.ts'
import { anticheatOf } from '../contract/anticheat.ts'
import {
  type ClosedName,
  closedDatePrefix,
  closedKey,
  closedPrefix,
  closingPlanKey,
  closingPlanPrefix,
  parseClosedKey,
  parseClosingPlanKey,
} from '../contract/keys.ts'
import type { VersionRow } from '../contract/registry.ts'
import type { Scene } from '../contract/scene.ts'
import { DAY_MS, dateOf, floorDay } from '../contract/time.ts'
import type { ScreenPlan } from '../contract/verdicts.ts'
import type { ObjectStore } from '../core/objects.ts'
import { nextRunMs, publishedBy } from '../registry/timetable.ts'
import { newestSnapshot } from './snapshot.ts'

/** Days that every screening reads: attacks return within days, and an honest habit needs some to show. */
const WINDOW_DAYS = 14
/** Events of one shard: its function holds their columns. */
const EVENTS_PER_SHARD = 10_000_000

type Interval = Pick<ScreenPlan, 'fromMs' | 'closedThroughMs'>

/** Whether a screening reads a closed file. What later closings add to its hours comes with the next one. */
const isScreened = ({ hourMs, closedThroughMs }: ClosedName, screen: Interval): boolean =>
  hourMs >= screen.fromMs &&
  hourMs < screen.closedThroughMs &&
  closedThroughMs <= screen.closedThroughMs

/** The closed files of a screening that are in the lake, in key order. */
export async function listScreened(
  lake: ObjectStore,
  scene: string,
  screen: Interval,
): Promise<ClosedName[]> {
  const startAfter = closedDatePrefix(scene, Math.max(0, screen.fromMs))
  const listed = await lake.list(closedPrefix(scene), startAfter)
  return listed
    .flatMap(({ key }) => parseClosedKey(key) ?? [])
    .filter((name) => isScreened(name, screen))
}

/** The files of a screening: those in the lake, and those that this closing will write. */
async function findScreened(
  lake: ObjectStore,
  closing: ClosingPlan,
  screen: Interval,
): Promise<ClosedName[]> {
  const tasks = closingTasks(closing.pieces).filter(leavesFiles)
  const future = tasks.flatMap((task) => task.hours.map((hour) => closedName(task, hour)))
  const names = [...(await listScreened(lake, closing.scene, screen)), ...future]
  const wanted = names.filter((name) => isScreened(name, screen))
  return [...new Map(wanted.map((name) => [closedKey(name), name])).values()]
}

/** The first closing that closed a day's end. Every run finds the same one. */
async function findDayClosing(
  lake: ObjectStore,
  { scene, closedThroughMs }: ClosingPlan,
): Promise<number> {
  const dayMs = floorDay(closedThroughMs)
  const listed = await lake.list(
    closingPlanPrefix(scene),
    dayMs > 0 ? closingPlanKey(scene, dayMs - 1) : undefined,
  )
  const closings = listed.flatMap(({ key }) => parseClosingPlanKey(key)?.closedThroughMs ?? [])
  return closings.find((ms) => ms >= dayMs) ?? closedThroughMs
}

/** How far back a screening reads, and why. */
function chooseWindow(
  scene: Scene,
  madeMs: number,
  closedThroughMs: number,
  versions: readonly Pick<VersionRow, 'status'>[],
): Pick<ScreenPlan, 'fromMs' | 'reason'> {
  const { lookbackDays } = scene.tiers.full
  const isFullDue = nextRunMs(scene, 'full', madeMs) < madeMs + DAY_MS
  const isAccepted = versions.some(({ status }) => status === 'accepted')
  const dayMs = floorDay(closedThroughMs)
  // A full waits at most a day for its labels, so it begins a day earlier than its lookback says.
  const wholeMs = dayMs - (lookbackDays + 1) * DAY_MS
  if (!isAccepted) return { fromMs: wholeMs, reason: 'no version is accepted yet' }
  if (isFullDue) return { fromMs: wholeMs, reason: `a full is due on ${dateOf(madeMs)}` }
  return { fromMs: dayMs - WINDOW_DAYS * DAY_MS, reason: `the last ${WINDOW_DAYS} days` }
}

/**
 * Plans the screening of the last whole day. It belongs to the first closing that closed the day's end,
 * and every run plans it until its snapshot exists: so a screening that failed is made by the next run,
 * to the same keys, and no values take that closing in before. Null: it is made, or no whole day of its
 * window has events, or the configuration switches screening off.
 * `foldedMs`: the closing that the online values have taken in. Corrections must come with a later one.
 */
export async function planScreen(
  lake: ObjectStore,
  scene: Scene,
  closing: ClosingPlan,
  scheduledMs: number,
  versions: readonly Pick<VersionRow, 'status'>[],
  foldedMs: number | null,
): Promise<ScreenPlan | null> {
  if (anticheatOf(scene).screening === 'off') return null
  const dayClosingMs = await findDayClosing(lake, closing)
  const newest = await newestSnapshot(
    lake,
    scene.scene,
    Math.max(scheduledMs, publishedBy(scene, dayClosingMs)),
  )
  if (newest && newest.manifest.screenedThroughMs >= dayClosingMs) return null
  const isFolded = foldedMs !== null && foldedMs >= dayClosingMs
  const closedThroughMs = isFolded ? closing.closedThroughMs : dayClosingMs
  if (foldedMs !== null && foldedMs >= closedThroughMs) return null
  const madeMs = publishedBy(scene, closedThroughMs)
  const window = chooseWindow(scene, madeMs, closedThroughMs, versions)
  const [files, previous] = await Promise.all([
    findScreened(lake, closing, { ...window, closedThroughMs }),
    newestSnapshot(lake, scene.scene, madeMs - 1),
  ])
  if (!files.some(({ hourMs }) => hourMs < floorDay(closedThroughMs))) return null
  const events = files.reduce((sum, { accepted }) => sum + accepted, 0)
  return {
    closedThroughMs,
    madeMs,
    ...window,
    shards: Math.max(1, Math.ceil(events / EVENTS_PER_SHARD)),
    previous: previous && {
      key: previous.key,
      digest: previous.digest,
      madeMs: previous.manifest.madeMs,
    },
  }
}
