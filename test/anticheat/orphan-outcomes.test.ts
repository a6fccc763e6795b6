import { describe, expect, test } from 'vitest'
import { orphanOutcomes } from '../../functions/anticheat/detectors/orphan-outcomes.ts'
import { type ScreenedRow, screenedEvents } from '../../functions/anticheat/events.ts'
import { unitInterval } from '../../functions/math/hash.ts'
import { createLog, honestLog, named } from './small-log.ts'

const detect = (rows: readonly ScreenedRow[]) => orphanOutcomes.detect(screenedEvents(rows))
/** Clicks on some items, without an impression; every second account names invented requests. */
function addOrphans(rows: ScreenedRow[], accounts: readonly string[], clicks: number): void {
  const log = createLog(31)
  for (const [n, user] of accounts.entries())
    for (let k = 0; k < clicks; k++)
      rows.push({
        ...{ event: `${user} ${k}`, type: 'outcome', outcome: 'click', user, item: `i${k % 4}` },
        ...{ timeMs: log.momentOf(3 + (k % 4)), request: n % 2 === 0 ? `${user} ${k}` : null },
        ...{ position: null, drop: 'd' },
      } as ScreenedRow)
}

describe('Outcomes without impressions', () => {
  test('Accounts that click what they were not shown are found whole', () => {
    const { rows } = honestLog(32, 500)
    addOrphans(rows, named('x', 2), 20)
    const findings = detect(rows)
    expect(findings.map(({ id }) => id).sort()).toEqual(named('x', 2))
    for (const { items, events, expected } of findings) {
      expect(items).toEqual([])
      expect(events).toBe(20)
      expect(expected).toBeLessThan(events / 2)
    }
  })

  test('Two orphan hours accuse nobody', () => {
    const { rows } = honestLog(33, 300)
    addOrphans(rows, ['x0'], 2)
    expect(detect(rows)).toEqual([])
  })

  test.each([0, 0.02, 0.1, 0.3, 0.6, 1])(
    'A log that loses %d of its impressions at random accuses nobody',
    (share) => {
      for (let seed = 34; seed < 40; seed++) {
        const { rows } = honestLog(seed, 300)
        const left = rows.filter(
          ({ type, event }) => type === 'outcome' || unitInterval(event, seed) >= share,
        )
        expect(detect(left)).toEqual([])
      }
    },
  )

  test('A client of some people that loses most impressions accuses nobody', () => {
    const { rows } = honestLog(41, 300)
    const left = rows.filter(
      ({ type, event, user }) =>
        type === 'outcome' || unitInterval(user, 1) >= 0.1 || unitInterval(event, 1) >= 0.8,
    )
    expect(detect(left)).toEqual([])
  })
})
