import { describe, expect, test } from 'vitest'
import { oneTimeUsers } from '../../functions/anticheat/detectors/one-time-users.ts'
import { regularIntervals } from '../../functions/anticheat/detectors/regular-intervals.ts'
import { replayedSlates } from '../../functions/anticheat/detectors/replayed-slates.ts'
import { shortDelays } from '../../functions/anticheat/detectors/short-delays.ts'
import { screenedEvents } from '../../functions/anticheat/events.ts'
import { HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { addPeople, anySlate, createLog, honestLog, named, promoteItems } from './small-log.ts'

const few = () => 0.1
const idsOf = (findings: readonly { id: string }[]): string[] => findings.map(({ id }) => id).sort()

describe('Regular intervals', () => {
  test('A script that comes every seven minutes is found over its days', () => {
    const log = honestLog(21)
    const startMs = log.momentOf(3)
    for (let n = 0; n < 40; n++)
      log.request('x', startMs + n * 7 * MINUTE_MS, anySlate(log), { chanceOf: few })
    const findings = regularIntervals.detect(screenedEvents(log.rows))
    expect(idsOf(findings)).toEqual(['x'])
    expect(findings[0]!.fromMs).toBe(startMs)
    expect(findings[0]!.throughMs - startMs).toBeGreaterThan(38 * 7 * MINUTE_MS)
  })

  test('An interval of the app that everybody has accuses nobody', () => {
    const log = createLog(22)
    for (const user of named('u', 80)) {
      const startMs = log.momentOf(3)
      // The app reloads each minute for as long as it is open.
      for (let n = 0; n < 15; n++)
        log.request(user, startMs + n * MINUTE_MS, anySlate(log), { chanceOf: few })
      for (let day = 4; day < 12; day++)
        log.request(user, log.momentOf(day), anySlate(log), { chanceOf: few })
    }
    expect(regularIntervals.detect(screenedEvents(log.rows))).toEqual([])
  })
})

describe('Short delays', () => {
  const quick = (log: ReturnType<typeof createLog>, accounts: string[], days: [number, number]) =>
    promoteItems(log, {
      ...{ accounts, favoured: ['i1', 'i9', 'i17'], requests: 30, days },
      delayMs: () => 20 + 200 * log.uniform(),
    })

  test('Clicks sooner than a person can are found', () => {
    const log = createLog(23)
    addPeople(log, 400)
    quick(log, ['x0', 'x1'], [3, 8])
    expect(idsOf(shortDelays.detect(screenedEvents(log.rows)))).toEqual(['x0', 'x1'])
  })

  test('One day of quick taps accuses nobody', () => {
    const log = createLog(24)
    addPeople(log, 400)
    quick(log, ['u5'], [3, 4])
    expect(shortDelays.detect(screenedEvents(log.rows))).toEqual([])
  })

  test('A client that logs impressions late accuses nobody', () => {
    const log = createLog(25)
    addPeople(log, 200)
    quick(log, named('late', 20), [0, 14])
    expect(shortDelays.detect(screenedEvents(log.rows))).toEqual([])
  })
})

describe('One-time users', () => {
  /** Visitors with one session each; the favoured items in turn, two a visitor. */
  function addVisitors(log: ReturnType<typeof createLog>, favoured: string[], visitors: number) {
    for (const [n, user] of named('v', visitors).entries()) {
      const own = [favoured[n % favoured.length]!, favoured[(n + 1) % favoured.length]!]
      const startMs = log.momentOf(5 + (n % 3))
      for (const item of new Set(own))
        log.request(user, startMs + MINUTE_MS * log.uniform(), anySlate(log, [item]), {
          chanceOf: (shown) => (own.includes(shown) ? 0.95 : 0),
        })
    }
  }

  test('Many new users with the same few items are found whole', () => {
    const log = honestLog(26, 300)
    addVisitors(log, ['i60', 'i71', 'i82', 'i93'], 60)
    const findings = oneTimeUsers.detect(screenedEvents(log.rows))
    // By its own bound, one in twenty of the accused may be honest.
    const wrong = findings.filter(({ id }) => !id.startsWith('v'))
    expect(wrong.length).toBeLessThanOrEqual(0.05 * findings.length)
    expect(findings.length).toBeGreaterThan(0.9 * 60)
    for (const { items, fromMs, throughMs } of findings) {
      expect(items).toEqual([])
      expect(throughMs - fromMs).toBeLessThanOrEqual(HOUR_MS)
    }
  })

  test('New users without a click are found with the others', () => {
    const log = honestLog(30, 300)
    const favoured = ['i60', 'i71', 'i82', 'i93']
    addVisitors(log, favoured, 60)
    for (const [n, user] of named('quiet', 12).entries())
      log.request(user, log.momentOf(5 + (n % 3)), anySlate(log, [favoured[n % 4]!]), {
        chanceOf: () => 0,
      })
    const ids = idsOf(oneTimeUsers.detect(screenedEvents(log.rows)))
    const quiet = ids.filter((id) => id.startsWith('quiet'))
    expect(quiet.length).toBeGreaterThan(9)
    expect(ids.filter((id) => id.startsWith('u')).length).toBeLessThanOrEqual(0.05 * ids.length)
  })

  test('New users who follow a link to one item are left alone', () => {
    const log = honestLog(27, 300)
    addVisitors(log, ['i60'], 60)
    expect(oneTimeUsers.detect(screenedEvents(log.rows))).toEqual([])
  })
})

describe('Replayed slates', () => {
  test('A recorded session that comes back for days is found', () => {
    const log = honestLog(28)
    const recorded = anySlate(log, ['i60', 'i71'])
    const isFavoured = (item: string): number => (['i60', 'i71'].includes(item) ? 1 : 0)
    for (const user of ['x0', 'x1'])
      for (let n = 0; n < 12; n++)
        log.request(user, log.momentOf(3 + (n % 5)), recorded, { chanceOf: isFavoured })
    const findings = replayedSlates.detect(screenedEvents(log.rows))
    expect(idsOf(findings)).toEqual(['x0', 'x1'])
    expect(findings.every(({ items }) => items.length === 0)).toBe(true)
  })

  test('The same slate for everybody accuses nobody', () => {
    const log = createLog(29)
    const top = named('i', 6)
    for (const user of named('u', 80))
      for (let n = 0; n < 10; n++)
        log.request(user, log.momentOf(n), top, { chanceOf: (_item, position) => 0.3 / position })
    expect(replayedSlates.detect(screenedEvents(log.rows))).toEqual([])
  })
})
