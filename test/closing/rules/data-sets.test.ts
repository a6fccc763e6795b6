import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { readScene } from '../../../cdk/config.ts'
import { decideDuplicates } from '../../../functions/closing/duplicates.ts'
import { applyRules } from '../../../functions/closing/rules.ts'
import type { Event } from '../../../functions/contract/events.ts'
import type { EventRow } from '../../../functions/contract/rows.ts'
import { floorHour } from '../../../functions/contract/time.ts'
import { canonicalJson } from '../../../functions/core/digest.ts'
import { accessLog } from '../../../functions/intake/adapters/access-log.ts'
import type { Adapter } from '../../../functions/intake/adapters/adapter.ts'
import { movielens } from '../../../functions/intake/adapters/movielens.ts'
import { openBandit } from '../../../functions/intake/adapters/open-bandit.ts'
import { makeImpression } from '../../make/events.ts'

const DATA = process.env['QUARTERMASTER_DATA'] ?? ''

/** The rows of a log by event hour. */
function readHours(adapter: Adapter, scene: string, path: string, source: string) {
  const own = readScene(join(import.meta.dirname, `../../../cdk/scenes/${scene}.json`))
  const reader = adapter.open('events', own, { source } as Parameters<Adapter['open']>[2])
  const hours = new Map<number, EventRow[]>()
  for (const line of gunzipSync(readFileSync(join(DATA, path)))
    .toString()
    .split('\n')) {
    const read = line === '' ? null : reader.read(line)
    if (!Array.isArray(read)) continue
    for (const event of read as Event[]) {
      const { type, timeMs, userId: user, itemId: item, requestId: request = null } = event
      const isOutcome = type === 'outcome'
      const row = makeImpression({
        ...{ event: event.eventId ?? canonicalJson(event), type, timeMs, user, item, request },
        ...(isOutcome
          ? { outcome: event.outcome, value: event.value ?? null }
          : { position: event.position ?? null, context: canonicalJson(event.context ?? {}) }),
      })
      const hourMs = floorHour(timeMs)
      const rows = hours.get(hourMs)
      if (rows) rows.push(row)
      else hours.set(hourMs, [row])
    }
  }
  return hours
}

/** Events, and those that are excluded, by rule. */
function judge(hours: ReadonlyMap<number, readonly EventRow[]>) {
  let events = 0
  const sums: Record<string, number> = {}
  for (const rows of hours.values()) {
    const { winners } = decideDuplicates(rows, new Set())
    events += winners.length
    for (const [rule, count] of Object.entries(applyRules(winners).excluded))
      sums[rule] = (sums[rule] ?? 0) + count
  }
  return { events, excluded: sums }
}

/** Logs of people. None of them holds cheats that the rules of an hour should find. */
describe.runIf(DATA !== '')('A public log', () => {
  test.each([
    ['ml-100k/ml-100k.inter.gz', movielens, 'movielens', ''],
    ['open-bandit/bts-men.csv.gz', openBandit, 'open-bandit', 'bts-men'],
    ['open-bandit/random-women.csv.gz', openBandit, 'open-bandit', 'random-women'],
    ['access-logs/apache_combined.log.gz', accessLog, 'access-log', ''],
  ] as const)(
    'At most 0.2 %% of a log of people is excluded: %s',
    (path, adapter, scene, source) => {
      const { events, excluded } = judge(readHours(adapter, scene, path, source))
      const { declared_bot: bots = 0, ...others } = excluded
      expect(events).toBeGreaterThan(4000)
      const removed = Object.values(others).reduce((a, b) => a + b, 0)
      expect(removed / (events - bots), JSON.stringify(excluded)).toBeLessThanOrEqual(0.002)
      expect(bots > 0).toBe(scene === 'access-log')
    },
  )
})
