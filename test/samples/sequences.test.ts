import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { type HistoryRow, makeSequences } from '../../functions/samples/sequences.ts'

const NEAR_LINE_MS = 30_000
const WINDOW_HOURS = 2
const MINUTE = 60_000

const history = fc.array(
  fc.record({
    user: fc.constantFrom('a', 'b'),
    minute: fc.integer({ min: 0, max: 300 }),
    lateMinutes: fc.integer({ min: -3, max: 90 }),
    isOutcome: fc.boolean(),
    drop: fc.integer({ min: 0, max: 5 }),
  }),
  { maxLength: 40 },
)
const samples = fc.array(
  fc.record({ user: fc.constantFrom('a', 'b', 'c'), minute: fc.integer({ min: 0, max: 400 }) }),
  { maxLength: 20 },
)

type Drawn = typeof history extends fc.Arbitrary<infer T> ? T : never
/** Rows whose drops arrived once: at the latest of the arrivals that were drawn for them. */
function rowsOf(drawn: Drawn): HistoryRow[] {
  const arrivals = new Map<number, number>()
  for (const { drop, minute, lateMinutes } of drawn)
    arrivals.set(drop, Math.max(arrivals.get(drop) ?? 0, (minute + lateMinutes) * MINUTE))
  return drawn.map(({ user, minute, isOutcome, drop }, n) => ({
    event: `e${n}`,
    type: isOutcome ? 'outcome' : 'impression',
    outcome: isOutcome ? 'click' : null,
    timeMs: minute * MINUTE,
    arrivalMs: arrivals.get(drop)!,
    user,
    item: `i${n}`,
    drop: `d${drop}`,
  }))
}
const samplesOf = (drawn: readonly { user: string; minute: number }[]) =>
  drawn
    .map(({ user, minute }, n) => ({ sample: `s${n}`, user, timeMs: minute * MINUTE }))
    .sort((a, b) => a.timeMs - b.timeMs)
const made = (drawnSamples: Parameters<typeof samplesOf>[0], rows: HistoryRow[], length = 3) =>
  makeSequences({ length, windowHours: WINDOW_HOURS }, samplesOf(drawnSamples), rows, NEAR_LINE_MS)

/** The rule once more: a drop's outcomes count from its arrival, or its latest event of the user, plus δ. */
function visibleTo(rows: HistoryRow[], user: string, timeMs: number): HistoryRow[] {
  const own = rows.filter((row) => row.user === user && row.type === 'outcome')
  return own
    .filter((row) => {
      const latest = Math.max(...own.filter(({ drop }) => drop === row.drop).map((o) => o.timeMs))
      const isVisible = Math.max(row.arrivalMs, latest) + NEAR_LINE_MS <= timeMs
      return isVisible && row.timeMs >= timeMs - WINDOW_HOURS * HOUR_MS
    })
    .sort((a, b) => a.timeMs - b.timeMs || (a.event < b.event ? -1 : 1))
}

describe('Sequences', () => {
  test('A sequence holds the last visible outcomes of its user, oldest first', () => {
    fc.assert(
      fc.property(samples, history, (drawn, past) => {
        const rows = rowsOf(past)
        const { rows: found } = made(drawn, rows)
        expect(found.map(({ sample, timeMs, user }) => ({ sample, timeMs, user }))).toEqual(
          samplesOf(drawn),
        )
        for (const { timeMs, user, items, outcomes, timesMs } of found) {
          const expected = visibleTo(rows, user, timeMs).slice(-3)
          expect(items?.split('\u001f') ?? []).toEqual(expected.map(({ item }) => item))
          expect(outcomes?.split('\u001f') ?? []).toEqual(expected.map(() => 'click'))
          expect((timesMs?.split('\u001f') ?? []).map(Number)).toEqual(
            expected.map((row) => row.timeMs),
          )
        }
      }),
      { numRuns: 300 },
    )
  })

  test('The account of sequences adds up', () => {
    fc.assert(
      fc.property(samples, history, (drawn, past) => {
        const rows = rowsOf(past)
        const { account, rows: found } = made(drawn, rows)
        const visible = samplesOf(drawn).map(
          ({ user, timeMs }) => visibleTo(rows, user, timeMs).length,
        )
        expect(account.sequences).toBe(drawn.length)
        expect(account.visible).toBe(visible.reduce((a, b) => a + b, 0))
        expect(account.visible).toBe(account.elements + account.cut)
        expect(account.empty).toBe(found.filter(({ items }) => items === null).length)
      }),
    )
  })

  test('What happens or arrives later changes no sequence', () => {
    fc.assert(
      fc.property(samples, history, history, (drawn, past, later) => {
        const lastMs = Math.max(0, ...drawn.map(({ minute }) => minute)) * MINUTE
        const rows = rowsOf(past)
        const future = rowsOf(later).map((row, n) => ({
          ...row,
          ...{ event: `later ${n}`, drop: `later ${row.drop}` },
          arrivalMs: lastMs - NEAR_LINE_MS + 1,
        }))
        expect(made(drawn, [...rows, ...future]).rows).toEqual(made(drawn, rows).rows)
      }),
    )
  })

  test('An outcome whose item holds the separator is counted and left out', () => {
    const rows = rowsOf([
      { user: 'a', minute: 1, lateMinutes: 0, isOutcome: true, drop: 0 },
      { user: 'a', minute: 2, lateMinutes: 0, isOutcome: true, drop: 1 },
    ])
    rows[0]!.item = 'two\u001fitems'
    const { rows: found, account } = made([{ user: 'a', minute: 9 }], rows)
    expect(found[0]!.items).toBe('i1')
    expect(account).toMatchObject({ unjoinable: 1, visible: 1, elements: 1 })
  })
})
