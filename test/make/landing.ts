import { cleanEventsKey, dropManifestKey } from '../../functions/contract/keys.ts'
import { EVENT_COLUMNS, type EventRow } from '../../functions/contract/rows.ts'
import { DAY_MS, floorHour, HOUR_MS } from '../../functions/contract/time.ts'
import { canonicalJson } from '../../functions/core/digest.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { DAY0_MS, makeImpression, makeOutcome } from './events.ts'
import type { MemoryObjects } from './memory-objects.ts'

/** A log of a few days: impressions, clicks soon after, a tenth of all rows a day late. */
export function makeLog(seed: number, days: number, impressions = 600): EventRow[] {
  const uniform = seededUniform(seed)
  const rows: EventRow[] = []
  for (let n = 0; n < impressions; n++) {
    const timeMs = DAY0_MS + Math.floor(uniform() * days * DAY_MS)
    const about = {
      user: `u${Math.floor(uniform() * 20)}`,
      item: `i${Math.floor(uniform() * 10)}`,
      request: uniform() < 0.5 ? `r${n}` : null,
    }
    const lateMs = (): number => (uniform() < 0.1 ? 26 * HOUR_MS : 0)
    rows.push(
      makeImpression({
        event: `shown${n}`,
        timeMs,
        arrivalMs: timeMs + 60_000 + lateMs(),
        ...about,
      }),
    )
    if (uniform() > 0.4) continue
    const clickMs = timeMs + Math.floor(uniform() * 70 * 60_000)
    rows.push(
      makeOutcome({
        event: `click${n}`,
        timeMs: clickMs,
        arrivalMs: clickMs + 60_000 + lateMs(),
        ...about,
      }),
    )
  }
  return rows
}

/** Clean files and the manifest of one drop, as intake leaves them. */
export function land(store: MemoryObjects, rows: readonly EventRow[], n: number): void {
  const arrivalMs = Math.max(...rows.map((row) => row.arrivalMs))
  const drop = n.toString(16).padStart(32, '0')
  const files = [...new Set(rows.map(({ timeMs }) => floorHour(timeMs)))].map((hourMs) => {
    const key = cleanEventsKey({ scene: 'feed', hourMs, arrivalMs, drop, part: 0 })
    const inHour = rows.filter(({ timeMs }) => floorHour(timeMs) === hourMs)
    store.drop(key, writeParquet(EVENT_COLUMNS, inHour))
    return { key, rows: inHour.length, sha256: '' }
  })
  const manifest = {
    scene: 'feed',
    kind: 'events',
    rawKey: `raw/${n}`,
    drop,
    arrivalMs,
    format: 'jsonl',
    bytes: 1,
    read: rows.length,
    accepted: rows.length,
    quarantined: {},
    events: rows.length,
    byHour: {},
    files,
    quarantineFiles: [],
    refused: null,
    codeDigest: 'c',
  }
  store.drop(dropManifestKey('feed', { arrivalMs, drop }), canonicalJson(manifest))
}
