import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { closeHour, closeTask } from '../../functions/closing/close.ts'
import { countEvents } from '../../functions/closing/counters.ts'
import { applyRules } from '../../functions/closing/rules.ts'
import type { ClosingHour } from '../../functions/contract/accounts.ts'
import { cleanEventsKey } from '../../functions/contract/keys.ts'
import { EVENT_COLUMNS, type EventRow } from '../../functions/contract/rows.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import { DAY0_MS, makeImpression, makeOutcome } from '../make/events.ts'
import { memoryObjects } from '../make/memory-objects.ts'

const hour: ClosingHour = {
  hourMs: DAY0_MS,
  lane: 'first',
  accepted: 0,
  cleanKeys: [],
  earlierKeys: [],
}
const total = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((a, b) => a + b, 0)

/** Earlier closings of the hour that have kept these. */
const havingKept = (events: readonly string[]) => ({
  kept: events.map((event) => makeImpression({ event, user: 'other' })),
  users: {},
})

/** Rows of one hour with few ids, users and arrivals, so that copies and rules happen often. */
const rows = fc.array(
  fc
    .record({
      event: fc.integer({ min: 0, max: 30 }).map((n) => `e${n}`),
      isOutcome: fc.boolean(),
      timeMs: fc.integer({ min: 0, max: 20_000 }).map((ms) => DAY0_MS + ms),
      arrivalMs: fc.integer({ min: 0, max: 3 }).map((n) => DAY0_MS + HOUR_MS + n),
      user: fc.integer({ min: 0, max: 2 }).map((n) => `u${n}`),
      request: fc.option(
        fc.integer({ min: 0, max: 3 }).map((n) => `r${n}`),
        { nil: null },
      ),
      drop: fc.integer({ min: 0, max: 3 }).map((n) => `d${n}`),
      context: fc.constantFrom(null, '{"agent":"ExampleBot/2.1"}', '{"device":"phone"}'),
    })
    .map(({ isOutcome, ...fields }) => (isOutcome ? makeOutcome : makeImpression)(fields)),
  { maxLength: 80 },
)

describe('Closing an hour', () => {
  test('Accepted events of an hour equal kept, duplicates and excluded', () => {
    fc.assert(
      fc.property(rows, fc.uniqueArray(fc.constantFrom('e1', 'e2', 'e3')), (rows, kept) => {
        const { account } = closeHour(hour, rows, havingKept(kept))
        expect(account.accepted).toBe(account.kept + account.duplicates + total(account.excluded))
      }),
    )
  })

  test('Closing keeps the earliest of all copies by arrival, time, drop, row', () => {
    const copy = (fields: Partial<EventRow>) =>
      makeImpression({
        event: 'e',
        timeMs: DAY0_MS + 5,
        arrivalMs: DAY0_MS + 9,
        drop: 'b',
        row: 2,
        ...fields,
      })
    const winner = copy({ row: 1 })
    const losers = [
      copy({}),
      copy({ arrivalMs: DAY0_MS + 10, timeMs: DAY0_MS }),
      copy({ timeMs: DAY0_MS + 6 }),
      copy({ drop: 'c', row: 0 }),
    ]
    expect(closeHour(hour, [...losers, winner]).kept).toEqual([winner])
  })

  test('A closing never repeats an event that an earlier one kept', () => {
    const { kept, account } = closeHour(
      hour,
      [makeImpression({ event: 'old' }), makeImpression({ event: 'new' })],
      havingKept(['old']),
    )
    expect(kept.map(({ event }) => event)).toEqual(['new'])
    expect(account.duplicates).toBe(1)
  })

  test('A closing writes the same bytes for any order and split', async () => {
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.integer(),
        fc.integer({ min: 1, max: 5 }),
        async (rows, seed, files) => {
          const close = async (ordered: readonly EventRow[], parts: number) => {
            const store = memoryObjects()
            const cleanKeys = Array.from({ length: parts }, (_, part) =>
              cleanEventsKey({
                scene: 'feed',
                hourMs: DAY0_MS,
                arrivalMs: 1,
                drop: 'a'.repeat(32),
                part,
              }),
            )
            for (const [i, key] of cleanKeys.entries()) {
              const inPart = ordered.filter((_, n) => n % parts === i)
              store.drop(key, writeParquet(EVENT_COLUMNS, inPart))
            }
            await closeTask(store, {
              scene: 'feed',
              closedThroughMs: DAY0_MS + 2 * HOUR_MS,
              piece: 0,
              hours: [{ ...hour, accepted: rows.length, cleanKeys }],
            })
            return Object.fromEntries(
              [...store.contents]
                .filter(([key]) => /^(closed|counters)/.test(key))
                .map(([key, { body }]) => [key, Buffer.from(body).toString('base64')]),
            )
          }
          const shuffled = [...rows]
            .map((row, i) => ({ row, at: Math.sin(seed + i * 997) }))
            .sort((a, b) => a.at - b.at)
            .map(({ row }) => row)
          expect(await close(shuffled, files)).toEqual(await close(rows, 1))
        },
      ),
      { numRuns: 30 },
    )
  })
})

describe('The rules of closing', () => {
  test('The closing rules leave honest traffic untouched', () => {
    const shown = makeImpression({
      request: 'r',
      context:
        '{"agent":"Mozilla/5.0 (Linux; Android 9; CUBOT_X19) AppleWebKit/537.36 Chrome/80.0 Mobile Safari/537.36"}',
    })
    const clicked = makeOutcome({ request: 'r', timeMs: shown.timeMs + 3000 })
    expect(applyRules([shown, clicked])).toEqual({
      ...{ kept: [shown, clicked], excluded: {}, users: {} },
      counts: { all: 1, excluded: {} },
    })
  })

  test('The closing rules exclude every event of a declared bot', () => {
    const bot = makeImpression({ user: 'bot', context: '{"agent":"Examplebot/1.0"}' })
    const { kept, excluded } = applyRules([
      bot,
      makeOutcome({ user: 'bot' }),
      makeImpression({ user: 'other' }),
    ])
    expect(kept.map(({ user }) => user)).toEqual(['other'])
    expect(excluded).toEqual({ declared_bot: 2 })
  })

  test('More than twenty outcomes in ten seconds exclude their user', () => {
    const clicks = (n: number) =>
      Array.from({ length: n }, (_, i) => makeOutcome({ user: `u${n}`, timeMs: DAY0_MS + i * 400 }))
    expect(applyRules(clicks(20)).excluded).toEqual({})
    expect(applyRules(clicks(21)).excluded).toEqual({ impossible_rate: 21 })
  })

  test('An outcome before its impression is excluded; the impression is kept', () => {
    const shown = makeImpression({ request: 'r' })
    const early = makeOutcome({ request: 'r', timeMs: shown.timeMs - 1 })
    expect(applyRules([early, shown])).toEqual({
      kept: [shown],
      excluded: { outcome_before_impression: 1 },
      users: {},
      counts: { all: 1, excluded: { outcome_before_impression: 1 } },
    })
  })

  test('The rules judge late events together with those judged before', () => {
    const of = (user: string, n: number, fields: Partial<EventRow> = {}) =>
      Array.from({ length: n }, (_, i) =>
        makeOutcome({ event: `${user}${i}`, user, timeMs: DAY0_MS + i * 400, ...fields }),
      )
    // Fifteen then, ten now: no person's rate, though neither shows it alone.
    const fast = of('fast', 25)
    const late = applyRules(fast.slice(15), { kept: fast.slice(0, 15), users: {} })
    expect(late).toMatchObject({ kept: [], excluded: { impossible_rate: 10 } })
    expect(late.users).toEqual({ impossible_rate: ['fast'] })
    // Who was taken out stays out, by the rule of then.
    const users = { declared_bot: ['bot'] }
    expect(applyRules(of('bot', 2), { kept: [], users })).toMatchObject({
      kept: [],
      excluded: { declared_bot: 2 },
    })
    // An outcome that was there before the impression which had come in time.
    const shown = makeImpression({ request: 'r', timeMs: DAY0_MS + 5000 })
    const early = makeOutcome({ request: 'r', timeMs: DAY0_MS + 4000 })
    expect(applyRules([early], { kept: [shown], users: {} }).excluded).toEqual({
      outcome_before_impression: 1,
    })
  })

  test('A bot stays excluded in events that arrive after closing', async () => {
    const store = memoryObjects()
    const bot = { user: 'bot', context: '{"agent":"Examplebot/1.0"}' }
    const close = async (closedThroughMs: number, rows: EventRow[]) => {
      const name = { scene: 'feed', hourMs: DAY0_MS, arrivalMs: closedThroughMs, part: 0 }
      const cleanKey = cleanEventsKey({ ...name, drop: 'a'.repeat(32) })
      store.drop(cleanKey, writeParquet(EVENT_COLUMNS, rows))
      const earlierKeys = [...store.contents.keys()].filter((key) => key.startsWith('closed/'))
      const hours = [{ ...hour, accepted: rows.length, cleanKeys: [cleanKey], earlierKeys }]
      return (await closeTask(store, { scene: 'feed', closedThroughMs, piece: 0, hours })).hours[0]!
    }
    const first = await close(DAY0_MS + 2 * HOUR_MS, [
      makeImpression({ event: 'a', ...bot }),
      makeImpression({ event: 'b', user: 'ann' }),
    ])
    expect(first).toMatchObject({ kept: 1, excluded: { declared_bot: 1 } })
    // The late copy and the late row do not say what they are of.
    const late = [
      makeImpression({ event: 'a', user: 'bot' }),
      makeOutcome({ event: 'c', user: 'bot' }),
      makeImpression({ event: 'b', user: 'ann' }),
    ]
    for (const hours of [3, 4])
      expect(await close(DAY0_MS + hours * HOUR_MS, late)).toMatchObject({
        kept: 0,
        duplicates: 1,
        excluded: { declared_bot: 2 },
      })
  })
})

/** Counts by a Map with a text for each cell, sorted by that text. */
function countPlainly(rows: readonly EventRow[]): [string, number][] {
  const counts = new Map<string, number>()
  for (const { type, outcome, user, item, timeMs } of rows)
    for (const [kind, id] of Object.entries({ user, item })) {
      const hourMs = timeMs - (timeMs % HOUR_MS)
      const cell = [kind, id, type === 'impression' ? type : outcome, hourMs].join('\n')
      counts.set(cell, (counts.get(cell) ?? 0) + 1)
    }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
}

test('Counters count each kept event once by user and by item', () => {
  fc.assert(
    fc.property(rows, (rows) => {
      const counters = countEvents(rows)
      expect(
        counters.map(({ kind, id, event, hourMs, count }) => [
          [kind, id, event, hourMs].join('\n'),
          count,
        ]),
      ).toEqual(countPlainly(rows))
      expect(countEvents([...rows].reverse())).toEqual(counters)
    }),
  )
})
