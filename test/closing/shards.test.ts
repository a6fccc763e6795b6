import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { closeTask } from '../../functions/closing/close.ts'
import { LIMITS, type Limits } from '../../functions/closing/closed.ts'
import { closingTasks } from '../../functions/closing/cut.ts'
import { sumReasons } from '../../functions/closing/drop-sums.ts'
import {
  type ClosingAccount,
  type ClosingBatch,
  EXCLUSION_RULES,
  type ExcludedUsers,
} from '../../functions/contract/accounts.ts'
import {
  cleanEventsKey,
  closedHourPrefix,
  isClosedExclusionsKey,
  parseClosedKey,
  parseCountersKey,
} from '../../functions/contract/keys.ts'
import { type CounterRow, EVENT_COLUMNS, type EventRow } from '../../functions/contract/rows.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { readParquet, writeParquet } from '../../functions/core/parquet.ts'
import { shardOf } from '../../functions/math/hash.ts'
import { DAY0_MS, makeImpression, makeOutcome } from '../make/events.ts'
import { type MemoryObjects, memoryObjects } from '../make/memory-objects.ts'

const scene = 'feed'
/** Of the nth closing of the hour. */
const closedMs = (n: number): number => DAY0_MS + (n + 1) * HOUR_MS
const cleanKey = (closing: number, part: number): string =>
  cleanEventsKey({ scene, hourMs: DAY0_MS, arrivalMs: closing, drop: 'a'.repeat(32), part })

/** Lands the rows of one closing over some files, and closes them: as a whole, or in shards. */
async function closeRows(
  store: MemoryObjects,
  closing: number,
  files: readonly (readonly EventRow[])[],
  shards: number,
  limits: Limits = LIMITS,
): Promise<ClosingAccount[]> {
  for (const [part, rows] of files.entries())
    store.drop(cleanKey(closing, part), writeParquet(EVENT_COLUMNS, rows))
  const earlier = await store.list(closedHourPrefix(scene, DAY0_MS))
  const piece: ClosingBatch = {
    scene,
    closedThroughMs: closedMs(closing),
    piece: 0,
    hours: [
      {
        hourMs: DAY0_MS,
        lane: closing === 0 ? 'first' : 'late',
        accepted: files.flat().length,
        cleanKeys: files.map((_, part) => cleanKey(closing, part)),
        earlierKeys: earlier.map(({ key }) => key),
      },
    ],
    ...(shards > 1 && { shards }),
  }
  const accounts: ClosingAccount[] = []
  for (const task of closingTasks([piece])) accounts.push(await closeTask(store, task, limits))
  return accounts
}

const sumAccounts = (accounts: readonly ClosingAccount[]) => {
  const hours = accounts.flatMap((account) => account.hours)
  const sum = (count: 'accepted' | 'kept' | 'duplicates'): number =>
    hours.reduce((total, hour) => total + hour[count], 0)
  return {
    accepted: sum('accepted'),
    kept: sum('kept'),
    duplicates: sum('duplicates'),
    excluded: sumReasons(hours.map(({ excluded }) => excluded)),
  }
}

/** Everything that closings left, with the shards of each put together. */
async function readClosed(store: MemoryObjects) {
  const kept = new Map<number, EventRow[]>()
  const users = new Map<string, ExcludedUsers>()
  const counters = new Map<string, number>()
  for (const [key, { body }] of store.contents) {
    const name = parseClosedKey(key)
    if (name)
      kept.set(name.closedThroughMs, [
        ...(kept.get(name.closedThroughMs) ?? []),
        ...(await readParquet<EventRow>(body)),
      ])
    const counted = parseCountersKey(key)
    if (counted)
      for (const row of await readParquet<CounterRow>(body)) {
        const { kind, id, event, hourMs } = row
        const at = [counted.closedThroughMs, kind, id, event, hourMs].join()
        counters.set(at, (counters.get(at) ?? 0) + row.count)
      }
    if (isClosedExclusionsKey(key)) {
      const closing = /(\d{13})-\d{9}/.exec(key)![1]!
      const found = users.get(closing) ?? {}
      const more: ExcludedUsers = JSON.parse(new TextDecoder().decode(body))
      for (const [rule, names] of Object.entries(more))
        found[rule] = [...(found[rule] ?? []), ...names].sort()
      users.set(closing, found)
    }
  }
  const inOrder = (rows: readonly EventRow[]) =>
    [...rows].sort((a, b) => a.timeMs - b.timeMs || (a.event < b.event ? -1 : 1))
  return {
    kept: new Map([...kept].map(([closing, rows]) => [closing, inOrder(rows)])),
    users,
    counters: new Map([...counters].sort()),
  }
}

/** Few ids, users, slates and arrivals: copies of several users, rates and early outcomes are common. */
const row = fc
  .record({
    event: fc.integer({ min: 0, max: 90 }).map((n) => `e${n}`),
    isOutcome: fc.constantFrom(true, true, false),
    timeMs: fc.integer({ min: 0, max: 12_000 }).map((ms) => DAY0_MS + ms),
    arrivalMs: fc.integer({ min: 0, max: 3 }).map((n) => DAY0_MS + HOUR_MS + n),
    user: fc.constantFrom('u0', 'u1', 'u1', 'u1', 'u1', 'u1', 'u2', 'u3', 'u4', 'u5'),
    item: fc.constantFrom('i1', 'i2'),
    request: fc.option(fc.integer({ min: 0, max: 7 }).map((n) => `r${n}`)),
    drop: fc.constantFrom('d0', 'd1'),
    isBot: fc.boolean(),
  })
  .map(({ isOutcome, isBot, ...fields }) =>
    isOutcome
      ? makeOutcome(fields)
      : makeImpression({
          ...fields,
          context: isBot && fields.user === 'u5' ? '{"agent":"ExampleBot/2.1"}' : null,
        }),
  )
/** One cheat of each kind that random rows seldom make, among twelve honest users whose slates all have clicks. */
const cheats = fc
  .constantFrom('delays', 'intervals', 'endless', 'stuffed', 'orphans', 'repeats')
  .map((kind): EventRow[] => {
    const at = (user: string, n: number, ms: number, request: string) => ({
      ...{ event: `${user} ${n}`, user, item: `c${n}`, timeMs: DAY0_MS + ms, request },
    })
    const honest = Array.from({ length: 12 }, (_, n) => {
      const shown = at(`h${n}`, 0, 17 * n + 1, `h${n}`)
      return [
        makeImpression(shown),
        makeOutcome({ ...shown, event: `h${n} click`, timeMs: shown.timeMs + 2000 + 311 * n }),
      ]
    }).flat()
    const times = <T>(count: number, make: (n: number) => T): T[] =>
      Array.from({ length: count }, (_, n) => make(n))
    const cheat = {
      repeats: [
        makeImpression(at('x', 0, 5000, 'x')),
        ...times(10, (n) => makeOutcome({ ...at('x', n + 1, 7000 + 900 * n, 'x'), item: 'c0' })),
      ],
      delays: times(10, (n) => at('x', n, 5000 * n + 7 * n * n, `x${n}`)).flatMap((shown) => [
        makeImpression(shown),
        makeOutcome({ ...shown, event: `${shown.event} click`, timeMs: shown.timeMs + 90 }),
      ]),
      intervals: times(30, (n) => makeImpression(at('x', n, 60_000 * n, `x${n}`))),
      endless: times(1000, (n) => makeImpression({ ...at('x', n, 3 * n * n, ''), request: null })),
      stuffed: times(40, (n) =>
        makeImpression({
          ...at('x', n, 5000 + 300_000 * (n >> 3), `x${n >> 3}`),
          item: 'c',
          position: 1 + (n & 7),
        }),
      ),
      orphans: times(15, (n) => makeOutcome(at('x', n, 1000 * n + 13 * n * n, `x${n}`))),
    }[kind]
    return [...honest, ...cheat]
  })
/** Each row has a number of its own, so that the order of files decides nothing. */
const files = fc
  .tuple(
    cheats,
    fc.array(fc.array(row, { minLength: 12, maxLength: 45 }), { minLength: 1, maxLength: 4 }),
  )
  .map(([planned, parts]) => [planned, ...parts])
  .map((parts) =>
    parts.map((rows, part) => rows.map((row, n) => ({ ...row, row: 2000 * part + n }))),
  )

describe('An hour closed in shards', () => {
  test('A sharded hour leaves the same result as the whole hour', async () => {
    const seen = { duplicates: 0, excluded: new Set<string>() }
    await fc.assert(
      fc.asyncProperty(
        fc.array(files, { minLength: 1, maxLength: 2 }),
        fc.array(fc.constantFrom(1, 2, 3, 4, 8), { minLength: 3, maxLength: 3 }),
        fc.record({
          idsPerPass: fc.integer({ min: 15, max: 90 }),
          crowdEvents: fc.constantFrom(60, LIMITS.crowdEvents, LIMITS.crowdEvents),
        }),
        fc.integer(),
        async (closings, shards, some, seed) => {
          const limits = { ...LIMITS, ...some }
          const whole = memoryObjects()
          const sharded = memoryObjects()
          for (const [n, parts] of closings.entries()) {
            const expected = sumAccounts(await closeRows(whole, n, parts, 1, limits))
            const shuffled = parts
              .map((rows, i) => ({ rows, at: Math.sin(seed + i * 997) }))
              .sort((a, b) => a.at - b.at)
              .map(({ rows }) => rows)
            const found = await closeRows(sharded, n, shuffled, shards[n]!, limits)
            expect(sumAccounts(found)).toEqual(expected)
            seen.duplicates += expected.duplicates
            for (const rule of Object.keys(expected.excluded)) seen.excluded.add(rule)
          }
          expect(await readClosed(sharded)).toEqual(await readClosed(whole))
        },
      ),
      { numRuns: 25 },
    )
    expect(seen.duplicates).toBeGreaterThan(300)
    expect(seen.excluded).toEqual(new Set(EXCLUSION_RULES))
  }, 240_000)

  test('One of two copies is kept across users of two shards', async () => {
    const other = ['u1', 'u2', 'u3', 'u4'].find((user) => shardOf(user, 2) !== shardOf('u0', 2))!
    const copies = [
      makeImpression({ event: 'same', user: 'u0', arrivalMs: DAY0_MS + 2 }),
      makeImpression({ event: 'same', user: other, arrivalMs: DAY0_MS + 1 }),
    ]
    const store = memoryObjects()
    const accounts = await closeRows(store, 0, [copies], 2)
    expect(sumAccounts(accounts)).toMatchObject({ accepted: 2, kept: 1, duplicates: 1 })
    const { kept } = await readClosed(store)
    expect(kept.get(closedMs(0))!.map(({ user }) => user)).toEqual([other])
  })

  test('A shard that one user overfills is excluded; other shards stay', async () => {
    const flood = Array.from({ length: 50 }, (_, n) =>
      makeImpression({ event: `flood${n}`, user: 'u1', context: `{"page":"${'x'.repeat(100)}"}` }),
    )
    const others = Array.from({ length: 40 }, (_, n) =>
      makeImpression({ event: `other${n}`, user: `v${n}` }),
    )
    const store = memoryObjects()
    // Twenty of the flood's rows, or forty of the others.
    const accounts = await closeRows(store, 0, [flood, others], 4, { ...LIMITS, heldBytes: 40_000 })
    const isBeside = ({ user }: EventRow): boolean => shardOf(user, 4) === shardOf('u1', 4)
    const beside = others.filter(isBeside).length
    expect(sumAccounts(accounts)).toEqual({
      accepted: 90,
      kept: 40 - beside,
      duplicates: 0,
      excluded: { too_large: 50 + beside },
    })
    const { kept, counters } = await readClosed(store)
    const rest = others.filter((row) => !isBeside(row)).map(({ event }) => event)
    expect(
      kept
        .get(closedMs(0))!
        .map(({ event }) => event)
        .sort(),
    ).toEqual(rest.sort())
    expect([...counters.keys()].filter((counted) => counted.includes(',u1,'))).toEqual([])
    // The file is there, as the plan has named it, with nothing in it.
    const names = [...store.contents.keys()].flatMap((key) => parseClosedKey(key) ?? [])
    expect(names.map(({ shard, shards }) => [shard, shards]).sort()).toEqual(
      [0, 1, 2, 3].map((shard) => [shard, 4]),
    )
  })
})

describe('An hour beyond function memory', () => {
  test('An hour too large for memory is excluded; its neighbours are kept', async () => {
    const store = memoryObjects()
    const land = (hourMs: number, rows: number) => {
      const drop = 'a'.repeat(32)
      const key = cleanEventsKey({ scene, hourMs, arrivalMs: hourMs + HOUR_MS, drop, part: 0 })
      const found = Array.from({ length: rows }, (_, n) =>
        makeImpression({ event: `${hourMs}-${n}`, timeMs: hourMs + n }),
      )
      store.drop(key, writeParquet(EVENT_COLUMNS, found))
      return { hourMs, lane: 'first' as const, accepted: rows, cleanKeys: [key], earlierKeys: [] }
    }
    const hours = [land(DAY0_MS, 10), land(DAY0_MS + HOUR_MS, 50), land(DAY0_MS + 2 * HOUR_MS, 12)]
    const piece = { scene, closedThroughMs: DAY0_MS + 3 * HOUR_MS, piece: 0, hours }
    const account = await closeTask(store, piece, { ...LIMITS, heldBytes: 30 * 800 })
    expect(account.hours.map(({ kept, excluded }) => [kept, excluded])).toEqual([
      [10, {}],
      [0, { too_large: 50 }],
      [12, {}],
    ])
    const { counters } = await readClosed(store)
    expect([...counters.values()].reduce((a, b) => a + b)).toBe(2 * 22)
  })
})
