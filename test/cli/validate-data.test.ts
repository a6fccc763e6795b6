import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { seededUniform } from '../../functions/math/random.ts'
import { exact, validate, write } from './validate-logs.ts'

const DATA = process.env['QUARTERMASTER_DATA'] ?? ''

describe.runIf(DATA !== '')('validating a real access log', () => {
  test('Validation finds the disorder, duplicates, cut line and bots of real logs', async () => {
    const { profile, serious, warnings, notes } = await validate(
      join(DATA, 'access-logs'),
      'access-log',
    )
    // Feed readers, site copiers and link checkers are among the bots.
    expect(profile).toMatchObject({
      read: 10_000,
      accepted: 9999,
      lines: { timed: 9999, outOfOrder: 4915, duplicates: exact(19), declaredBots: 2820 },
      clocks: { future: 0, epoch: 0, busiestMinute: { minute: 5, share: 1 } },
      time: { hours: 84, hoursWithEvents: 84 },
    })
    expect(profile.quarantined['bad_row']).toMatchObject({ count: 1, examples: [{ line: 8899 }] })
    expect(JSON.stringify(profile.quarantined)).not.toMatch(/46\.118|configlib/)
    expect(serious).toEqual([])
    expect(warnings).toContain('constant-minute')
    expect(notes).toEqual(
      expect.arrayContaining(['out-of-order', 'duplicate-lines', 'declared-bots']),
    )
  })
})

describe.runIf(DATA !== '')('validating Open Bandit', () => {
  const [header, ...rows] = DATA
    ? gunzipSync(readFileSync(join(DATA, 'open-bandit', 'bts-men.csv.gz')))
        .toString()
        .trimEnd()
        .split('\n')
    : []
  const items = DATA ? readFileSync(join(DATA, 'open-bandit', 'bts-men-items.csv')) : ''
  const copy = (lines: readonly string[], heading = header) =>
    write({ 'bts-men.csv': [heading, ...lines].join('\n'), 'bts-men-items.csv': items })
  const withCell = (row: string, at: number, cell: string) =>
    row.split(',').with(at, cell).join(',')

  test('The original Open Bandit log has no serious finding', async () => {
    const { profile, serious, warnings } = await validate(copy(rows), 'open-bandit')
    expect(serious).toEqual([])
    expect(warnings).toEqual(['one-item'])
    expect(profile).toMatchObject({
      read: 10_034,
      accepted: 10_034,
      events: { impressions: 10_000, outcomes: { click: 69 } },
      lines: { outOfOrder: 0, duplicates: exact(0) },
      unknown: { items: exact(0) },
      positionsMissing: 0,
    })
  })

  test('Shuffling the log changes only the number of lines out of order', async () => {
    const random = seededUniform(1)
    const shuffled = rows
      .map((row) => [random(), row] as const)
      .sort(([a], [b]) => a - b)
      .map(([, row]) => row)
    const times = shuffled.map((row) => row.split(',')[1]!)
    const expected = times.filter(
      (time, i) => i > 0 && Math.floor(Date.parse(time)) < Math.floor(Date.parse(times[i - 1]!)),
    ).length
    const { profile, serious } = await validate(copy(shuffled), 'open-bandit')
    expect(expected).toBeGreaterThan(4500)
    expect(profile.lines.outOfOrder).toBe(expected)
    expect(profile.objective).toMatchObject({
      outcomes: 69,
      orphaned: exact(0),
      positives: exact(69),
    })
    expect(serious).toEqual([])
  })

  test('Each repeated row is found as one duplicate', async () => {
    const doubled = rows.flatMap((row, n) => (n % 10 === 0 ? [row, row] : [row]))
    const clicked = rows.filter((row, n) => n % 10 === 0 && row.split(',')[4] === '1').length
    const { profile, notes } = await validate(copy(doubled), 'open-bandit')
    expect(profile.lines.duplicates).toEqual(exact(1000))
    expect(profile.ids.repeated).toEqual(exact(1000 + clicked))
    expect(notes).toContain('duplicate-lines')
  })

  test('A cut line or cut compression is found at its place', async () => {
    const cut = rows.with(5000, rows[5000]!.slice(0, 40))
    const { profile, warnings } = await validate(copy(cut), 'open-bandit')
    expect(profile.quarantined).toMatchObject({ bad_row: { count: 1, examples: [{ line: 5002 }] } })
    expect(warnings).toEqual(['quarantine', 'one-item'])
    const packed = gzipSync([header, ...rows].join('\n'))
    const path = write({ 'bts-men.csv.gz': packed.subarray(0, packed.length >> 1) })
    const broken = await validate(path, 'open-bandit')
    expect(broken.serious).toContain('broken-file')
    expect(broken.profile.quarantined['truncated_compression']).toMatchObject({ count: 1 })
    expect(broken.profile.accepted).toBeGreaterThan(3000)
  })

  test('A clock ten years ahead or unset is found in every line', async () => {
    const shifted = (year: string) => rows.map((row) => row.replace(',2019-', `,${year}-`))
    const ahead = await validate(copy(shifted('2029')), 'open-bandit')
    expect(ahead.serious).toEqual(['future'])
    expect(ahead.profile.clocks.future).toBe(10_000)
    const unset = await validate(copy(shifted('1970')), 'open-bandit')
    expect(unset.serious).toEqual(expect.arrayContaining(['epoch', 'quarantine']))
    expect(unset.profile.clocks.epoch).toBe(10_000)
  })

  test('A renamed column or two exchanged columns are reported as unreadable rows', async () => {
    const renamed = await validate(copy(rows, header!.replace('item_id', 'article')), 'open-bandit')
    expect(renamed.serious).toEqual(expect.arrayContaining(['quarantine', 'too-little']))
    expect(renamed.profile.quarantined['bad_row']!.examples[0]!.detail).toMatch(
      /lacks the columns item_id/,
    )
    const exchanged = header!
      .replace('click', 'x')
      .replace('position', 'click')
      .replace('x', 'position')
    const { serious, profile } = await validate(copy(rows, exchanged), 'open-bandit')
    expect(serious).toContain('quarantine')
    const clickable = rows.filter((row) => row.split(',')[3] === '1').length
    expect(profile.quarantined['bad_row']!.count).toBe(rows.length - clickable)
  })

  test('Impressions without a position are counted', async () => {
    const bare = rows.map((row, n) => (n % 4 === 0 ? row : withCell(row, 3, '')))
    const { profile, serious, warnings } = await validate(copy(bare), 'open-bandit')
    expect(profile.positionsMissing).toBe(7500)
    expect(serious).toEqual([])
    expect(warnings).toEqual(['positions-missing', 'one-item'])
  })
})
