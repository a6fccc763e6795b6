import { describe, expect, test } from 'vitest'
import { findingsOf } from '../../cdk/cli/validate/findings.ts'
import { profileLogs } from '../../cdk/cli/validate/read.ts'
import { mappingSchema } from '../../functions/contract/mapping.ts'
import { MINUTE_MS } from '../../functions/contract/time.ts'
import { DAY0_MS } from '../make/events.ts'
import {
  click,
  exact,
  impression,
  logsOf,
  NOW_MS,
  sound,
  validate,
  write,
} from './validate-logs.ts'

describe('validating logs against the gates', () => {
  test.each(['jsonl', 'personalize', 'csv'] as const)(
    'A %s log of only positives is fit when negatives are drawn',
    async (format) => {
      const orders = Array.from({ length: 900 }, (_, n) => ({
        ...{ timeMs: DAY0_MS + 5 * n * MINUTE_MS, userId: `u${n % 60}`, itemId: `i${n % 76}` },
      }))
      const table = (heading: string, event: string) =>
        [
          heading,
          ...orders.map((row) => [row.userId, row.itemId, row.timeMs / 1000, event].join(',')),
        ].join('\n')
      const bodies = {
        jsonl: orders.map((row) => JSON.stringify({ ...row, type: 'outcome', outcome: 'click' })),
        personalize: [table('USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE', 'click')],
        csv: [table('user,item,at,what', 'sold')],
      }
      const name = format === 'jsonl' ? 'a.jsonl' : 'interactions.csv'
      const logs = logsOf(write({ [name]: bodies[format].join('\n') }), format)
      const { sampling } = logs.scene
      const negatives = { perPositive: 4, smoothing: 0.75, windowHours: 2160 }
      const drawing = { ...logs.scene, sampling: { ...sampling, negativeRate: 1, negatives } }
      const mapping = mappingSchema.parse({
        ...{ time: { column: 'at', unit: 'seconds' }, user: 'user', item: 'item' },
        everyRow: 'click',
      })
      const own = { ...logs, scene: drawing, mapping: format === 'csv' ? mapping : null }
      const profile = await profileLogs(own, NOW_MS)
      expect(profile).toMatchObject({ accepted: 900, objective: { positives: exact(900) } })
      const found = findingsOf(profile, drawing, NOW_MS)
      expect(found.filter(({ severity }) => severity === 'serious')).toEqual([])
      expect(found.map((one) => one.name)).toContain('drawn-negatives')
    },
  )

  test('Too little data and logs with nothing to predict are found', async () => {
    const small = await validate(write({ 'a.jsonl': sound(50).join('\n') }), 'jsonl')
    expect(small.serious).toEqual(['too-little'])
    const shown = Array.from({ length: 500 }, (_, n) => impression(n))
    expect((await validate(write({ 'a.jsonl': shown.join('\n') }), 'jsonl')).serious).toContain(
      'no-positives',
    )
    const done = Array.from({ length: 500 }, (_, n) => click(n))
    expect((await validate(write({ 'a.jsonl': done.join('\n') }), 'jsonl')).serious).toContain(
      'no-impressions',
    )
    const junk = await validate(write({ 'a.jsonl': 'x\ny\nz' }), 'jsonl')
    expect(junk.serious).toEqual(
      expect.arrayContaining(['nothing-accepted', 'quarantine', 'too-little']),
    )
    expect((await validate(write({ 'a.jsonl': '' }), 'jsonl')).serious).toContain('empty')
  })

  test('Validation counts labels as the label gates do, after sampling', async () => {
    // The feed keeps half of the negatives: 19 of them are 9.5 samples.
    const log = (positives: number, negatives: number) => [
      ...[0, 1, 2].flatMap((day) =>
        Array.from({ length: positives + negatives }, (_, n) => n + 1440 * day).flatMap((n, i) => [
          impression(n),
          ...(i < positives ? [click(n)] : []),
        ]),
      ),
    ]
    const fitness = async (positives: number, negatives: number) => {
      const lines = log(positives, negatives).join('\n')
      const { profile, serious } = await validate(write({ 'a.jsonl': lines }), 'jsonl')
      return { serious, full: profile.tiers[0]!.says, daily: profile.tiers[1]!.says }
    }
    expect(await fitness(10, 400)).toMatchObject({
      serious: [],
      full: '630 samples, 30 of them positive, over 3 days; needed: 100, at least 10 positive and 10 negative',
      daily: expect.stringMatching(/^2 increments from the 2 days after those of the first model/),
    })
    // Ten in all are enough for a full, and no day after them has ten of its own.
    expect(await fitness(4, 400)).toMatchObject({
      serious: ['too-little-daily'],
      daily: expect.stringMatching(/^0 increments from the 0 days/),
    })
    expect((await fitness(2, 400)).serious).toEqual(['too-little'])
    expect((await fitness(300, 6)).serious).toEqual(['too-little'])
    expect((await fitness(300, 20)).serious).toEqual([])
  })

  test('A day with too little data joins the next day', async () => {
    const days = [0, 1, 2, 3, 4, 5, 6]
    const lines = days.flatMap((day) =>
      Array.from({ length: 200 }, (_, i) => i + 1440 * day).flatMap((n, i) => [
        impression(n),
        ...(i < 5 ? [click(n)] : []),
      ]),
    )
    const { profile, serious } = await validate(write({ 'a.jsonl': lines.join('\n') }), 'jsonl')
    // A first model from two days, then a daily from every second one; the last waits.
    expect(profile.tiers[1]!.says).toMatch(/^2 increments from the 5 days after/)
    expect(serious).toEqual([])
  })

  test('Orphaned outcomes are serious if they dominate or leave too few labels', async () => {
    const shown = Array.from({ length: 7200 }, (_, n) => impression(n))
    const orphans = (count: number) =>
      Array.from({ length: count }, (_, n) => click(n, { eventId: `o${n}`, requestId: 'none' }))
    const clicks = (count: number) =>
      Array.from({ length: count }, (_, i) => click(Math.floor((i * 7200) / count)))
    const severityOf = async (lines: string[]) => {
      const path = write({ 'a.jsonl': lines.join('\n') })
      const logs = logsOf(path, 'jsonl')
      const found = findingsOf(await profileLogs(logs, NOW_MS), logs.scene, NOW_MS)
      return found.find(({ name }) => name === 'orphaned')
    }
    expect(await severityOf([...shown, ...clicks(60), ...orphans(6000)])).toEqual({
      severity: 'serious',
      name: 'orphaned',
      says: '6,000 of 6,060 outcomes of the objective (99.0 %) have no impression in the attribution window before them, so they label no sample',
    })
    expect((await severityOf([...shown, ...clicks(60), ...orphans(600)]))!.severity).toBe('warning')
    expect((await severityOf([...shown, ...clicks(600), ...orphans(6)]))!.severity).toBe('note')
    expect((await severityOf([...shown, ...clicks(2), ...orphans(6)]))!.severity).toBe('serious')
  })

  test('Impressions older than the lookback of a full training are counted', async () => {
    const old = Array.from({ length: 300 }, (_, n) => impression(n - 30 * 1440))
    const path = write({ 'a.jsonl': [...old, ...sound()].join('\n') })
    const logs = logsOf(path, 'jsonl')
    const profile = await profileLogs(logs, NOW_MS)
    expect(profile.beyondLookback).toBe(300)
    expect(profile.tiers[0]!.says).toMatch(/over 5 days/)
    const found = findingsOf(profile, logs.scene, NOW_MS)
    expect(found).toContainEqual({
      severity: 'note',
      name: 'beyond-lookback',
      says: '300 of 7,500 impressions (4.0 %) are older than the 28 days of lookback of a full training at the end of the log, which does not learn from them',
    })
  })
})
