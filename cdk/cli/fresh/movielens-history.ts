import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Kind } from '../../../functions/contract/events.ts'
import type { EntityRow, EventRow } from '../../../functions/contract/rows.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { DAY_MS, floorDay, MINUTE_MS } from '../../../functions/contract/time.ts'
import { isRecord, NO_FACTS, RecordOfKind } from '../../../functions/intake/adapters/adapter.ts'
import { movielens } from '../../../functions/intake/adapters/movielens.ts'
import { checkEvent, checkStatement } from '../../../functions/intake/check.ts'
import { isFlaw } from '../../../functions/intake/json-record.ts'
import { normalizeEvent, normalizeStatement } from '../../../functions/intake/normalize.ts'
import { type DelayCurve, minutesAtShare } from '../../../functions/math/delay.ts'
import { seededUniform } from '../../../functions/math/random.ts'
import { UsageError } from '../errors.ts'
import { FORMATS } from '../replay/formats.ts'
import { arrivalOf, closeHistory, type History, keepName } from './history.ts'

const ORIGIN = { drop: 'experiment', row: 0 }

function linesOf(folder: string, kind: Kind): string[] {
  const name = readdirSync(folder)
    .sort()
    .find((file) => FORMATS.movielens.recognise(file)?.kind === kind)
  if (name === undefined)
    throw new UsageError(
      `--movielens ${folder}: expected a folder with .inter, .item and .user tables`,
    )
  const bytes = readFileSync(join(folder, name))
  const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  return text.split('\n').filter((line) => line !== '')
}

/**
 * MovieLens in its own time, read by intake's adapter and checks. Ratings have no delays. With
 * `delays`, each like follows its rating after a delay that is drawn, by seed, from the curve.
 */
export function movielensHistory(
  folder: string,
  scene: Scene,
  delays: { curve: DelayCurve; seed: number } | null,
): History {
  const recordsOf = (kind: Kind): Record<string, unknown>[] => {
    const reader = movielens.open(kind, scene, NO_FACTS)
    return linesOf(folder, kind).flatMap((line) => {
      const records = reader.read(line)
      if (records === null || isFlaw(records)) return []
      return [...records].filter(
        (record): record is Record<string, unknown> =>
          isRecord(record) && !(record instanceof RecordOfKind),
      )
    })
  }
  const uniform = seededUniform(delays?.seed ?? 0)
  const delayMs = (): number =>
    delays ? Math.round(minutesAtShare(delays.curve, uniform()) * MINUTE_MS) : 0
  const events: EventRow[] = []
  for (const record of recordsOf('events')) {
    const timeMs = Number(record['timeMs']) + (record['type'] === 'outcome' ? delayMs() : 0)
    const arrivalMs = arrivalOf(timeMs)
    const event = checkEvent({ ...record, timeMs }, scene, arrivalMs)
    if (!isFlaw(event)) events.push(normalizeEvent(event, keepName, { ...ORIGIN, arrivalMs }))
  }
  const firstMs = events.reduce((min, { timeMs }) => Math.min(min, timeMs), Infinity)
  const lastMs = events.reduce((max, { timeMs }) => Math.max(max, timeMs), 0)
  const arrivalMs = floorDay(firstMs) - 1
  const statements = (kind: 'items' | 'users'): EntityRow[] =>
    recordsOf(kind).flatMap((record) => {
      const statement = checkStatement(record, kind, scene, arrivalMs)
      return isFlaw(statement)
        ? []
        : [normalizeStatement(statement, kind, keepName, { ...ORIGIN, arrivalMs })]
    })
  const extent = { fromMs: floorDay(firstMs), throughMs: floorDay(lastMs) + DAY_MS }
  return closeHistory(events, statements('items'), statements('users'), extent)
}
