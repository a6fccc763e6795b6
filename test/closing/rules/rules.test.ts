import { describe, expect, test } from 'vitest'
import { applyRules, RULES } from '../../../functions/closing/rules.ts'
import { EXCLUSION_RULES } from '../../../functions/contract/accounts.ts'
import type { EventRow } from '../../../functions/contract/rows.ts'
import { seededUniform } from '../../../functions/math/random.ts'
import { makeCrowd, visit } from '../../make/crowd.ts'
import { DAY0_MS, makeImpression, makeOutcome } from '../../make/events.ts'

const times = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n))
const crowd = makeCrowd(300)
const uniform = seededUniform(3)
const inHour = (): number => DAY0_MS + Math.floor(3_500_000 * uniform())
const shownAt = (n: number, timeMs: number, fields: Partial<EventRow> = {}): EventRow =>
  makeImpression({ user: 'x', item: `c${n}`, request: `x${n}`, event: `x ${n}`, timeMs, ...fields })
const clickOn = (shown: EventRow, delayMs: number, fields: Partial<EventRow> = {}): EventRow =>
  makeOutcome({
    ...{ user: shown.user, item: shown.item, request: shown.request },
    ...{ event: `${shown.event} c`, timeMs: shown.timeMs + delayMs, ...fields },
  })

/** What the rules exclude of these events beside an honest crowd, by rule. */
function judge(rows: readonly EventRow[], honest: readonly EventRow[] = crowd) {
  const all = [...honest, ...rows].sort((a, b) => a.timeMs - b.timeMs)
  const { kept, excluded, users } = applyRules(all)
  const ids = new Set(kept.map(({ event }) => event))
  expect(honest.filter(({ event }) => !ids.has(event))).toEqual([])
  expect(kept.length + Object.values(excluded).reduce((a, b) => a + b, 0)).toBe(all.length)
  return { excluded, users, kept: rows.filter(({ event }) => ids.has(event)) }
}

test('Each reason of the contract is that of one rule', () => {
  expect(RULES.map(({ reason }) => reason)).toEqual(EXCLUSION_RULES)
})

describe('An honest hour', () => {
  test.each([1, 2, 3, 4, 5])('No rule excludes an honest event, seed %i', (seed) => {
    expect(applyRules(makeCrowd(2000, seed)).excluded).toEqual({})
  })

  test('A log without requests, positions and impressions loses nothing', () => {
    const rows = times(600, (n) =>
      makeOutcome({ event: `o${n}`, user: `u${n % 40}`, item: `i${n % 90}`, timeMs: inHour() }),
    )
    expect(applyRules(rows).excluded).toEqual({})
  })

  test('An hour of cheats alone keeps its accounts balanced', () => {
    const bots = times(2000, (n) => clickOn(shownAt(n, DAY0_MS + n * 100), 50))
    const { kept, excluded } = applyRules(bots)
    expect(kept).toEqual([])
    expect(excluded).toEqual({ impossible_rate: 2000 })
  })
})

describe('Clicks sooner than a person', () => {
  const quick = (count: number) =>
    times(count, (n) => shownAt(n, inHour())).flatMap((shown) => [
      shown,
      clickOn(shown, 20 + Math.floor(230 * uniform())),
    ])

  test('A user whose clicks come too soon is excluded', () => {
    expect(judge(quick(12))).toMatchObject({
      excluded: { impossible_delay: 24 },
      users: { impossible_delay: ['x'] },
    })
  })

  test('A few stray taps among many clicks exclude nobody', () => {
    const slow = times(20, (n) => shownAt(100 + n, inHour())).flatMap((shown) => [
      shown,
      clickOn(shown, 1000 + Math.floor(60_000 * uniform())),
    ])
    expect(judge([...quick(3), ...slow]).excluded).toEqual({})
  })

  test('A log that gives both events one time is not judged', () => {
    const joined = times(300, (n) =>
      shownAt(n, inHour(), { user: `u${n % 9}`, request: `j${n}` }),
    ).flatMap((shown) => [shown, clickOn(shown, 0)])
    expect(judge(joined, []).excluded).toEqual({})
  })
})

describe('Exact intervals', () => {
  test.each([0, 40])('A timer with %i ms of jitter is excluded', (jitterMs) => {
    const rows = times(30, (n) =>
      shownAt(n, DAY0_MS + 60_000 * n + Math.floor(jitterMs * uniform())),
    )
    expect(judge(rows).excluded).toEqual({ exact_interval: 30 })
  })

  test('The timer of an app itself is not judged', () => {
    const rows = times(8, (user) =>
      times(30, (n) =>
        shownAt(n, DAY0_MS + 777 * user + 60_000 * n, {
          ...{ user: `u${user}`, event: `u${user} ${n}`, request: `u${user} ${n}` },
        }),
      ),
    ).flat()
    expect(judge(rows, []).excluded).toEqual({})
  })
})

describe('Repeats and stuffing', () => {
  test('Many clicks on one impression are excluded with it', () => {
    const shown = shownAt(0, inHour())
    const clicks = times(10, (n) => clickOn(shown, 2000 + 700 * n, { event: `x c${n}` }))
    expect(judge([shown, ...clicks]).excluded).toEqual({ repeated_outcome: 11 })
    expect(judge([shown, ...clicks.slice(0, 3)]).excluded).toEqual({})
  })

  test('One item in every place of some slates is excluded', () => {
    const rows = times(12, (n) => ({ n, timeMs: inHour() })).flatMap(({ n, timeMs }) =>
      times(8, (place) =>
        shownAt(n, timeMs, { item: 'c', event: `x ${n} ${place}`, position: place + 1 }),
      ),
    )
    expect(judge(rows).excluded).toEqual({ stuffed_slate: 96 })
  })

  test('The same slate by request after request is excluded, also the first', () => {
    const rows = times(40, (n) => ({ n, timeMs: inHour() })).flatMap(({ n, timeMs }) =>
      times(2, (place) => shownAt(n, timeMs, { item: `c${place}`, event: `x ${n} ${place}` })),
    )
    // One impression was lost, so the next slate shows more than the one before.
    rows.splice(20, 1)
    expect(judge(rows).excluded).toEqual({ stuffed_slate: 79 })
  })

  test('An item without end and a slate without end are excluded', () => {
    const again = times(60, (n) =>
      shownAt(n, inHour(), { item: 'c', request: 'x again', event: `x again ${n}` }),
    )
    expect(judge(again).excluded).toEqual({ stuffed_slate: 60 })
    const large = times(300, (n) => shownAt(n, DAY0_MS, { request: 'x large' }))
    expect(judge(large).excluded).toEqual({ stuffed_slate: 300 })
  })

  test('Impressions without end exclude their user', () => {
    const rows = times(6000, (n) => shownAt(n, inHour(), { request: null }))
    expect(judge(rows).excluded).toEqual({ endless_impressions: 6000 })
  })
})

describe('Orphans and replays', () => {
  test('Many outcomes without an impression are excluded, few are kept', () => {
    const orphans = times(14, (n) => clickOn(shownAt(n, inHour()), 0))
    expect(judge(orphans).excluded).toEqual({ orphan_outcome: 14 })
    expect(judge(orphans.slice(0, 3)).excluded).toEqual({})
  })

  test('Outcomes that come hours later for most users are kept', () => {
    const later = crowd
      .filter(({ type }) => type === 'impression')
      .map((shown, n) =>
        clickOn(shown, 0, { event: `p${n}`, outcome: 'purchase', request: `before ${n}` }),
      )
    expect(judge(later).excluded).toEqual({})
  })

  test('A request that another user sends again is excluded', () => {
    const victim = visit(uniform, 'h0', 900, inHour(), 0.5)
    const replay = victim.map((row) => ({
      ...row,
      ...{ user: 'x', event: `again ${row.event}`, timeMs: row.timeMs + 60_000 },
    }))
    expect(judge(replay, [...crowd, ...victim]).excluded).toEqual({
      replayed_request: replay.length,
    })
  })

  test('An outcome after a sign-in is no replay', () => {
    const shown = shownAt(0, inHour(), { user: 'before sign-in' })
    expect(judge([shown, clickOn(shown, 3000, { user: 'x' })]).excluded).toEqual({})
  })

  test('An event under another id at the same instant is excluded once', () => {
    const shown = shownAt(0, inHour(), { position: 1 })
    const copy = { ...shown, event: 'y' }
    expect(judge([shown, copy]).excluded).toEqual({ replayed_request: 1 })
  })

  test('A log whose users share pages is not judged by requests', () => {
    const shared = times(400, (n) =>
      makeImpression({
        ...{ event: `s${n}`, user: `u${n % 20}`, item: `i${n % 8}` },
        ...{ request: 'page', timeMs: DAY0_MS + 4000 * n + (n % 17) * 131 },
      }),
    )
    expect(judge(shared, []).excluded.replayed_request).toBeUndefined()
  })
})
