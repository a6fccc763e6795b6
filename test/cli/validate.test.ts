import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../cdk/cli/errors.ts'
import { sliceLogs } from '../../cdk/cli/replay/slices.ts'
import { findingsOf } from '../../cdk/cli/validate/findings.ts'
import { profileLogs } from '../../cdk/cli/validate/read.ts'
import { mappingSchema } from '../../functions/contract/mapping.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { DAY0_MS } from '../make/events.ts'
import {
  click,
  exact,
  impression,
  logsOf,
  NOW_MS,
  ROOT,
  sound,
  validate,
  write,
} from './validate-logs.ts'

const catalogue = Array.from({ length: 5 }, (_, n) =>
  JSON.stringify({ id: `i${n}`, attributes: {} }),
)

describe('Log validation', () => {
  test('Sound logs have no serious finding, and counts match intake and gates', async () => {
    const path = write({ 'log.jsonl': sound().join('\n'), 'items.jsonl': catalogue.join('\n') })
    const { profile, serious, warnings } = await validate(path, 'jsonl')
    expect(serious).toEqual([])
    // Five items, and none of the features that the feed has of items and of the context.
    expect(warnings).toEqual(['one-item', 'empty-features'])
    expect(profile).toMatchObject({
      read: 7925,
      accepted: 7925,
      events: { impressions: 7200, outcomes: { click: 720 } },
      statements: { items: 5 },
      time: { firstMs: DAY0_MS, hours: 120, hoursWithEvents: 120, gaps: 0 },
      objective: { outcomes: 720, orphaned: exact(0), positives: exact(720) },
      ids: { repeated: exact(0), requests: exact(7200), oneItemRequests: exact(7200) },
      unknown: { items: exact(0), users: null },
    })
    expect(profile.tiers.map(({ tier, isEnough }) => [tier, isEnough])).toEqual([
      ['full', true],
      ['daily', true],
      ['hourly', true],
    ])
  })

  test('Orphans, duplicates, unknown items and gaps are found in any line order', async () => {
    const lines = sound().slice(0, 4000)
    lines.push(
      click(1, { eventId: 'orphan-late', timeMs: DAY0_MS + 62 * MINUTE_MS }),
      click(2, { eventId: 'orphan-request', requestId: 'r-none' }),
      click(3, { eventId: 'orphan-user', userId: 'somebody else' }),
      click(4, { eventId: 'in-time', timeMs: DAY0_MS + 64 * MINUTE_MS }),
      impression(5),
      impression(6, { itemId: 'unheard of' }),
      impression(7, { timeMs: DAY0_MS + 9 * DAY_MS, eventId: 'far', requestId: 'far' }),
    )
    const random = seededUniform(7)
    const shuffled = lines
      .map((line) => [random(), line] as const)
      .sort(([a], [b]) => a - b)
      .map(([, line]) => line)
    for (const order of [lines, shuffled, [...lines].reverse()]) {
      const path = write({ 'log.jsonl': order.join('\n'), 'items.jsonl': catalogue.join('\n') })
      const { profile, notes } = await validate(path, 'jsonl')
      expect(profile).toMatchObject({
        lines: { duplicates: exact(1) },
        ids: { repeated: exact(2) },
        objective: { orphaned: exact(3) },
        time: { gaps: 1 },
      })
      expect(profile.unknown.items!.count).toBeLessThanOrEqual(1)
      expect(notes).toEqual(
        expect.arrayContaining(['duplicate-lines', 'repeated-events', 'gaps', 'orphaned']),
      )
    }
  })

  test('Clocks that are ahead, in seconds, unset or constant are found', async () => {
    const ahead = sound(2000).map((line) => {
      const { timeMs, ...others } = JSON.parse(line)
      return JSON.stringify({ ...others, timeMs: timeMs + 50 * DAY_MS })
    })
    expect(await validate(write({ 'a.jsonl': ahead.join('\n') }), 'jsonl')).toMatchObject({
      serious: ['future'],
      profile: { clocks: { future: 2200 } },
    })
    const inSeconds = sound(2000).map((line, n) => {
      const { timeMs, ...others } = JSON.parse(line)
      return JSON.stringify({
        ...others,
        timeMs: n % 20 === 5 ? Math.floor(timeMs / 1000) : timeMs,
      })
    })
    const { profile, serious } = await validate(write({ 'a.jsonl': inSeconds.join('\n') }), 'jsonl')
    expect(profile.quarantined['time_in_seconds']).toMatchObject({ count: 110 })
    expect(profile.clocks.epoch).toBe(110)
    expect(serious).toEqual(['epoch'])
    const hourly = sound(600).map((line) => {
      const { timeMs, ...others } = JSON.parse(line)
      return JSON.stringify({
        ...others,
        timeMs: Math.floor(timeMs / HOUR_MS) * HOUR_MS + 17 * MINUTE_MS,
      })
    })
    const constant = await validate(write({ 'a.jsonl': hourly.join('\n') }), 'jsonl')
    expect(constant.warnings).toContain('constant-minute')
    expect(constant.profile.clocks.busiestMinute).toEqual({ minute: 17, share: 1 })
  })

  test.each([
    ['microseconds', 1000],
    ['nanoseconds', 1_000_000],
  ])('Times in %s are found and not reported as future times', async (unit, perMs) => {
    const lines = sound().map((line, n) => {
      const { timeMs, ...others } = JSON.parse(line)
      return JSON.stringify({ ...others, timeMs: n % 20 === 5 ? timeMs * perMs : timeMs })
    })
    const { profile, serious } = await validate(write({ 'a.jsonl': lines.join('\n') }), 'jsonl')
    expect(profile.quarantined[`time_in_${unit}`]).toMatchObject({ count: 396 })
    expect(profile.clocks).toMatchObject({ future: 0, finer: { [unit]: 396 } })
    expect(serious).toEqual([unit])
  })

  test('A file without one record per line is named; others are read', async () => {
    const path = write({
      'a.jsonl': sound().join('\n'),
      'b.json': sound(9)
        .map((line) => JSON.stringify(JSON.parse(line), null, 2))
        .join('\n'),
    })
    const { profile, serious } = await validate(path, 'jsonl')
    expect(serious).toEqual(['refused-file'])
    expect(profile).toMatchObject({ read: 7920, accepted: 7920, quarantined: {} })
    expect(profile.refused).toEqual([
      {
        file: 'b.json',
        reason: 'not_lines',
        detail: `got pretty-printed JSON, expected one record a line: write it as JSON Lines, and name that: jq -c '.' ${path}/b.json > ${path}/b.jsonl; none of its records were read`,
      },
    ])
    await expect(sliceLogs(logsOf(path, 'jsonl'), join(path, 'slices'))).rejects.toThrow(
      /b\.json: got pretty-printed JSON, expected one record a line/,
    )
  })

  test('Unknown record kinds and unused or empty fields are named', async () => {
    const rows = Array.from({ length: 400 }, (_, n) => ({
      ...{ at: DAY0_MS / 1000 + 60 * n, who: `person ${n % 50}`, what: `i${n % 30}` },
      ...{ did: n < 250 ? 'PLAY' : n < 300 ? 'anna.karenina' : 'SKIPPED', mood: 'blue' },
    }))
    rows.forEach((row, n) => {
      if (n >= 250 && n < 300) row.did = `anna.karenina${n}`
    })
    const path = write({ 'a.jsonl': rows.map((row) => JSON.stringify(row)).join('\n') })
    const logs = {
      ...logsOf(path, 'csv'),
      mapping: mappingSchema.parse({
        ...{ layout: 'json-lines', time: { column: 'at', unit: 'seconds' } },
        ...{ user: 'who', item: 'what', context: { mood: 'mood' } },
        event: { column: 'did', impressions: ['PLAY'], outcomes: {} },
      }),
    }
    const profile = await profileLogs(logs, NOW_MS)
    expect(profile.unknownKinds).toEqual({ SKIPPED: 100 })
    const says = findingsOf(profile, logs.scene, NOW_MS).map(({ says }) => says)
    expect(says).toContainEqual(expect.stringMatching(/not mapped: .*"SKIPPED" 100.*mapping/))
    expect(says).toContain('no feature of the scene reads context.mood: it is not used in training')
    expect(says).toContainEqual(
      expect.stringMatching(
        /^no record has the fields that these features read: .*\(context\.device\)/,
      ),
    )
    const { examples } = profile.quarantined['unknown_event_type']!
    expect(JSON.stringify(examples)).not.toMatch(/karenina|person/)
  })

  test('A user or item that dominates the log is found', async () => {
    const own = sound(300).map((line) => line.replace(/anna\.karenina\.\d/, 'anna.karenina.0'))
    const { warnings } = await validate(write({ 'a.jsonl': own.join('\n') }), 'jsonl')
    expect(warnings).toEqual(expect.arrayContaining(['one-user', 'one-item']))
  })

  test('Findings locate quarantined records and show their shape without personal data', async () => {
    const lines = sound(300)
    lines[9] = impression(9).replace('"impression"', '"anna.karenina"')
    lines[20] = impression(20).slice(0, 90)
    lines[30] = impression(30, { userId: 4711 })
    const path = write({ 'log.jsonl': lines.join('\n') })
    const { profile } = await validate(path, 'jsonl')
    const byteOf = (line: number) => Buffer.from(lines.slice(0, line).join('\n')).length + 1
    expect(profile.quarantined).toMatchObject({
      unknown_event_type: {
        count: 1,
        examples: [{ line: 10, byteOffset: byteOf(9), file: 'log.jsonl' }],
      },
      not_json: { count: 1, examples: [{ line: 21, byteOffset: byteOf(20) }] },
      wrong_type: { count: 1, examples: [{ line: 31 }] },
    })
    const text = JSON.stringify(profile.quarantined)
    expect(text).not.toMatch(/anna|karenina|4711|example\.org/)
    expect(text).toContain('userId')
    expect(profile.quarantined['unknown_event_type']!.examples[0]).toMatchObject({
      detail: 'type: got "aaaa.aaaaaaaa", expected impression or outcome',
      excerpt: expect.stringContaining('"aaaa.aaaaaaaa.9@aaaaaaa.aaa"'),
    })
  })

  test('Validation reads exactly what npm start cuts and intake accepts', async () => {
    const lines = sound(400).concat(
      'broken',
      impression(401, { timeMs: 12 }),
      impression(402, { timeMs: DAY0_MS - 90 * DAY_MS }),
    )
    const path = write({ 'log.jsonl.gz': gzipSync(lines.join('\n')) })
    const { profile } = await validate(path, 'jsonl')
    const sliced = await sliceLogs(logsOf(path, 'jsonl'), join(path, 'slices'))
    expect(profile.read).toBe(sliced.records)
    expect(profile.accepted).toBe(lines.length - 2)
  })

  test('A path without a log of the format is refused', async () => {
    await expect(validate(write({ 'readme.md': 'x' }), 'jsonl')).rejects.toThrow(UsageError)
  })
})

describe('The npm run validate command', () => {
  const run = (...flags: string[]) =>
    spawnSync(process.execPath, [join(ROOT, 'cdk', 'cli', 'validate.ts'), ...flags], {
      encoding: 'utf8',
    })
  const good = write({ 'log.jsonl': sound(2000).join('\n') })
  const bad = write({ 'log.jsonl': `${sound(2000).join('\n')}\n${'junk\n'.repeat(1000)}` })

  test('Logs fit for training end with exit code 0 and printed findings', () => {
    const { status, stdout, stderr } = run('--logs', good, '--format', 'jsonl')
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout).toMatch(/2,200 read in 1 file = 2,200 accepted \+ 0 quarantined/)
    expect(stdout).toMatch(/^full +enough: 1,100 samples/m)
    expect(stdout.trimEnd()).toMatch(/fit to train on$/)
  })

  test('Unfit logs end with exit code 1 and the findings as JSON', () => {
    const { status, stdout } = run('--logs', bad, '--format', 'jsonl', '--json')
    expect(status).toBe(1)
    const { findings, read, accepted } = JSON.parse(stdout)
    expect([read, accepted]).toEqual([3200, 2200])
    expect(findings[0]).toMatchObject({
      severity: 'serious',
      name: 'quarantine',
      says: '31.3 % of the records would be quarantined; the data gate refuses more than 20.0 %',
    })
  })

  test.each([
    [[], /^--logs is missing/],
    [['--logs', '/none', '--format', 'jsonl'], /^--logs \/none: no such file or folder$/],
    [['--logs', good], /^--format is missing: expected one of jsonl, .*csv$/],
    [
      ['--logs', good, '--format', 'csv'],
      /^--format csv needs --mapping <file>; npm start -- --infer/,
    ],
    [
      ['--logs', good, '--format', 'movielens'],
      /expected an event log of the format movielens, found none$/,
    ],
    [
      ['--logs', good, '--format', 'jsonl', '--mapping', 'm.json'],
      /^--mapping: expected --format csv/,
    ],
    [
      ['--logs', good, '--format', 'jsonl', '--scene', 'nowhere'],
      /^--scene nowhere: expected one of access-log, assistant, feed/,
    ],
    [['--out', 'x'], /Unknown option '--out'/],
  ])('The command line %j ends with exit code 2 and one sentence', (flags, sentence) => {
    const { status, stdout, stderr } = run(...flags)
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr.trimEnd()).toMatch(sentence)
    expect(stderr.trimEnd()).not.toContain('\n')
  })
})
