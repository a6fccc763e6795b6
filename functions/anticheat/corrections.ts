import { countEvents } from '../closing/counters.ts'
import { closedKey, countersKey } from '../contract/keys.ts'
import type { Match } from '../contract/match.ts'
import { COUNTER_COLUMNS, type CounterRow, type EventRow } from '../contract/rows.ts'
import { floorHour } from '../contract/time.ts'
import {
  CORRECTION_COLUMNS,
  CORRECTIONS_PIECE,
  type CorrectionRow,
  correctionsDatePrefix,
  correctionsKey,
  correctionsPrefix,
  parseCorrectionsKey,
} from '../contract/verdicts.ts'
import type { ObjectStore } from '../core/objects.ts'
import { writeParquet } from '../core/parquet.ts'
import { readRows, visitRows } from '../core/read-rows.ts'
import { matchVerdict, type VerdictIndex } from './match.ts'
import { listScreened } from './plan-screen.ts'

/**
 * The corrections of one closing: kept events that verdicts newly exclude leave all counts, and events
 * that no verdict excludes any more come back. They are a task of the closing like its batches, so
 * samples, folds and new series read them as they read every other closing.
 */

type CorrectedEvent = Pick<EventRow, 'event' | 'user' | 'item' | 'drop' | 'timeMs'>
const CORRECTED_COLUMNS = ['event', 'user', 'item', 'drop', 'timeMs', 'type'] as const

/** Copies of an event are decided within its hour. */
const nameOf = ({ event, timeMs }: Pick<EventRow, 'event' | 'timeMs'>): string =>
  `${event} ${floorHour(timeMs)}`

/** Kept events of these hours that earlier corrections have taken out of all counts. */
async function readRemoved(
  lake: ObjectStore,
  scene: string,
  { fromMs, closedThroughMs }: { fromMs: number; closedThroughMs: number },
): Promise<Set<string>> {
  const startAfter = correctionsDatePrefix(scene, Math.max(0, fromMs))
  const keys = (await lake.list(correctionsPrefix(scene), startAfter))
    .map(({ key }) => key)
    .filter(
      (key) => (parseCorrectionsKey(key)?.closedThroughMs ?? closedThroughMs) < closedThroughMs,
    )
  const signs = new Map<string, number>()
  const columns = ['event', 'timeMs', 'sign'] as const
  await visitRows<CorrectionRow>(lake, keys, columns, (row) => {
    if (row.timeMs < fromMs) return
    const name = nameOf(row)
    signs.set(name, (signs.get(name) ?? 0) + row.sign)
  })
  return new Set([...signs].filter(([, sign]) => sign < 0).map(([name]) => name))
}

export interface CorrectedInterval {
  /** No window of a feature reaches back to an earlier hour. */
  fromMs: number
  closedThroughMs: number
}

/**
 * The corrections of a closing, in order of (time, event). It compares what the verdicts exclude with
 * what all earlier corrections have taken away, so the order and number of screenings do not matter.
 * `visit` is called for every kept event of these hours, and of those from `visitFromMs` on.
 */
export async function findCorrections(
  lake: ObjectStore,
  scene: string,
  interval: CorrectedInterval,
  index: VerdictIndex,
  visit: (row: VisitedEvent, match: Match | null) => void = () => {},
  visitFromMs = interval.fromMs,
): Promise<CorrectionRow[]> {
  const fromMs = Math.min(interval.fromMs, visitFromMs)
  const removed = await readRemoved(lake, scene, interval)
  const files = await listScreened(lake, scene, { ...interval, fromMs })
  const corrections: CorrectionRow[] = []
  for (const file of files.sort((a, b) => (closedKey(a) < closedKey(b) ? -1 : 1))) {
    const key = closedKey(file)
    const signs = new Map<string, 1 | -1>()
    await visitRows<VisitedEvent>(lake, [key], CORRECTED_COLUMNS, (row) => {
      const match = matchVerdict(index, row)
      visit(row, match)
      const isExcluded = match?.action === 'exclude'
      if (file.hourMs < interval.fromMs || (!isExcluded && removed.size === 0)) return
      const isRemoved = removed.has(nameOf(row))
      if (isExcluded !== isRemoved) signs.set(row.event, isExcluded ? -1 : 1)
    })
    if (signs.size === 0) continue
    const isWanted = ({ event }: EventRow): boolean => signs.has(event)
    for (const row of await readRows<EventRow>(lake, [key], { isWanted }))
      corrections.push({ ...row, sign: signs.get(row.event)! })
  }
  return corrections.sort((a, b) => a.timeMs - b.timeMs || (a.event < b.event ? -1 : 1))
}
export type VisitedEvent = CorrectedEvent & Pick<EventRow, 'type'>

/** Their counts by entity, event and hour: negative where events leave. In key order. */
function correctionCounts(corrections: readonly CorrectionRow[]): CounterRow[] {
  const ofSign = (sign: 1 | -1): CounterRow[] =>
    countEvents(corrections.filter((row) => row.sign === sign)).map((row) => ({
      ...row,
      count: sign * row.count,
    }))
  return [...ofSign(-1), ...ofSign(1)]
}

/** Writes the corrections of a closing, then their counts. A repeat writes the same bytes. */
export async function putCorrections(
  lake: ObjectStore,
  scene: string,
  closedThroughMs: number,
  corrections: readonly CorrectionRow[],
): Promise<void> {
  const name = { scene, closedThroughMs }
  await lake.put(correctionsKey(name), writeParquet(CORRECTION_COLUMNS, corrections))
  const counters = countersKey({ ...name, piece: CORRECTIONS_PIECE })
  await lake.put(counters, writeParquet(COUNTER_COLUMNS, correctionCounts(corrections)))
}
