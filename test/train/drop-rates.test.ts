import { describe, expect, test } from 'vitest'
import type { DropCounts } from '../../functions/contract/accounts.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { blameDrop, findDoubtfulDrops } from '../../functions/train/drop-rates.ts'
import { judgeData } from '../../functions/train/judge-data.ts'
import { binomialDraw } from '../make/binomial-draw.ts'
import { DAY0_MS } from '../make/events.ts'
import { closings, drops, expected, hour, scene } from './judged-hours.ts'

const { gates } = scene
const counts = (impressions: number, clicks: number, own = clicks): DropCounts => ({
  impressions,
  outcomes: { click: clicks },
  own: { click: own },
})
const hourOf = (n: number, all: readonly DropCounts[]) => ({
  hourMs: DAY0_MS + n * HOUR_MS,
  ...{ accepted: 0, duplicates: 0, excluded: {} },
  drops: Object.fromEntries(all.map((drop, i) => [`d${n}-${i}`, drop])),
})
const find = (hours: Parameters<typeof findDoubtfulDrops>[2]) =>
  findDoubtfulDrops(gates, 'click', hours, null)

describe('The rates of drops', () => {
  test('A poisoned drop within a normal hour is found and named', () => {
    const honest = Array.from({ length: 5 }, () => counts(200, 20))
    const found = find([
      hourOf(0, [...honest, counts(200, 22)]),
      hourOf(1, [...honest, counts(200, 90)]),
    ])
    expect(found.map(({ fromMs, drop }) => [fromMs, drop])).toEqual([[DAY0_MS + HOUR_MS, 'd1-5']])
    expect(found[0]!.verdict.reason).toMatch(/^2026-01-05T01:00:00Z: drop d1-5: positive rate 45/)
  })

  test('Honest drops of any size pass by their null model', () => {
    const draw = binomialDraw(7)
    const hours = Array.from({ length: 400 }, (_, n) =>
      hourOf(
        n,
        Array.from({ length: 12 }, (_, i) => counts(5 + 20 * i, draw(5 + 20 * i, 0.1))),
      ),
    )
    expect(find(hours)).toEqual([])
  })

  test('An honest drop beside a few late rows passes', () => {
    expect(find([hourOf(0, [counts(463, 105), counts(10, 0), counts(1, 0)])])).toEqual([])
  })

  test('An honest drop beside a scraper passes by the earlier rate', () => {
    const hours = [hourOf(0, [counts(900, 120), counts(900, 0)])]
    const earlier = { rows: 10_000, positives: 1000, dispersion: 1, from: 'before' } as const
    expect(findDoubtfulDrops(gates, 'click', hours, earlier)).toEqual([])
    const poisoned = [hourOf(0, [counts(900, 600), counts(900, 90), counts(800, 75)])]
    expect(findDoubtfulDrops(gates, 'click', poisoned, earlier)).toHaveLength(1)
  })

  test('A drop of late outcomes is not taken for a poisoned one', () => {
    const honest = Array.from({ length: 5 }, () => counts(200, 20))
    expect(find([hourOf(0, [...honest, counts(10, 60, 1)])])).toEqual([])
  })

  test('Producers with rates of their own are not taken for poison', () => {
    const hours = Array.from({ length: 24 }, (_, n) =>
      hourOf(n, [counts(900, 60), counts(300, 75)]),
    )
    expect(find(hours)).toEqual([])
  })

  test('A drop of clicks alone is blamed for its hour', () => {
    const moved = hourOf(0, [counts(1000, 100), counts(0, 400, 0), counts(900, 95)])
    const numbers = { expected: 0.1, rate: 0.31 }
    expect(blameDrop(moved, 'click', { numbers })).toEqual({
      drop: 'd0-1',
      outcomes: 400,
      expected: 0,
    })
    const fallen = hourOf(0, [counts(1000, 100), counts(800, 0)])
    expect(blameDrop(fallen, 'click', { numbers: { expected: 0.1, rate: 0.05 } })!.drop).toBe(
      'd0-1',
    )
  })
})

describe('The drop in a decision', () => {
  const closing = { closedThroughMs: DAY0_MS + 10 * HOUR_MS, drops }
  const plan = { tier: 'hourly' as const, expected }

  test('A poisoned hour names the drop that contributes most', () => {
    const hours = [hourOf(1, [counts(900, 90), counts(100, 500, 0)])]
    const sets = [hour(0, 1000, 100), hour(1, 1000, 550)]
    const { excluded } = judgeData(scene, plan, sets, [{ ...closing, hours }])
    expect(excluded.map(({ drop }) => drop)).toEqual(['d1-1'])
    expect(excluded[0]!.verdict.reason).toMatch(
      /^2026-01-05T01:00:00Z: positive rate 55.*; most of it comes from drop d1-1 \(500 times click, expected 10\)$/,
    )
  })

  test('An hour with a poisoned drop is excluded, and only once', () => {
    const honest = Array.from({ length: 5 }, () => counts(200, 20))
    const hours = [hourOf(0, honest), hourOf(1, [...honest, counts(200, 90)])]
    const sets = [hour(0, 1000, 100), hour(1, 1200, 190)]
    const judged = judgeData(scene, plan, sets, [{ ...closing, hours }])
    expect(judged.excluded.map(({ fromMs }) => fromMs)).toEqual([DAY0_MS + HOUR_MS])
    expect(judged.learned).toEqual([sets[0]])
    expect(judgeData(scene, plan, [sets[0]!], [{ ...closing, hours }]).excluded).toEqual([])
    expect(judgeData(scene, plan, sets, closings).excluded).toEqual([])
  })
})
