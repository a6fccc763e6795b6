import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { UsageError } from '../../cdk/cli/errors.ts'
import type { LogsToReplay } from '../../cdk/cli/replay/files.ts'
import { FORMATS, type FormatName } from '../../cdk/cli/replay/formats.ts'
import { sliceLogs } from '../../cdk/cli/replay/slices.ts'
import { findingsOf } from '../../cdk/cli/validate/findings.ts'
import { profileLogs } from '../../cdk/cli/validate/read.ts'
import { readScene } from '../../cdk/config.ts'
import { mappingSchema } from '../../functions/contract/mapping.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { DAY0_MS } from '../make/events.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const DATA = process.env['QUARTERMASTER_DATA'] ?? ''
const NOW_MS = DAY0_MS + 40 * DAY_MS
const root = mkdtempSync(join(tmpdir(), 'validate-'))
afterAll(() => rmSync(root, { recursive: true }))
let folders = 0

function logsOf(path: string, format: FormatName): LogsToReplay {
  const scene = readScene(join(ROOT, 'cdk', 'scenes', `${FORMATS[format].scene}.json`))
  return { path, format, scene, mapping: null, fromMs: null, throughMs: null }
}
function write(files: Record<string, string | Uint8Array>): string {
  const folder = join(root, String(folders++))
  mkdirSync(folder)
  for (const [name, body] of Object.entries(files)) writeFileSync(join(folder, name), body)
  return folder
}
async function validate(path: string, format: FormatName, nowMs = NOW_MS) {
  const logs = logsOf(path, format)
  const profile = await profileLogs(logs, nowMs)
  const findings = findingsOf(profile, logs.scene, nowMs)
  const named = (severity: string) =>
    findings.filter((found) => found.severity === severity).map(({ name }) => name)
  return { profile, serious: named('serious'), warnings: named('warning'), notes: named('note') }
}
const exact = (count: number) => ({ count, isExact: true })

const impression = (n: number, fields: object = {}): string =>
  JSON.stringify({
    type: 'impression',
    eventId: `e${n}`,
    timeMs: DAY0_MS + n * MINUTE_MS,
    userId: `anna.karenina.${n % 7}@example.org`,
    itemId: `i${n % 5}`,
    requestId: `r${n}`,
    position: 1,
    ...fields,
  })
const click = (n: number, fields: object = {}): string =>
  impression(n, {
    type: 'outcome',
    outcome: 'click',
    eventId: `c${n}`,
    timeMs: DAY0_MS + n * MINUTE_MS + 1000,
    position: undefined,
    ...fields,
  })
/** Five days, an impression every minute, every tenth clicked. */
const sound = (count = 7200): string[] =>
  Array.from({ length: count }, (_, n) => [
    impression(n),
    ...(n % 10 === 0 ? [click(n)] : []),
  ]).flat()
const catalogue = Array.from({ length: 5 }, (_, n) =>
  JSON.stringify({ id: `i${n}`, attributes: {} }),
)

describe('validating logs', () => {
  test('finds nothing serious in sound logs, and counts as intake and the gates will', async () => {
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

  test('finds orphans, duplicates, unknown items and gaps in any order of lines', async () => {
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

  test('finds clocks that cannot be: ahead, in seconds, never set, and by the minute', async () => {
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
  ])('finds times in %s, and calls none of them the future', async (unit, perMs) => {
    const lines = sound().map((line, n) => {
      const { timeMs, ...others } = JSON.parse(line)
      return JSON.stringify({ ...others, timeMs: n % 20 === 5 ? timeMs * perMs : timeMs })
    })
    const { profile, serious } = await validate(write({ 'a.jsonl': lines.join('\n') }), 'jsonl')
    expect(profile.quarantined[`time_in_${unit}`]).toMatchObject({ count: 396 })
    expect(profile.clocks).toMatchObject({ future: 0, finer: { [unit]: 396 } })
    expect(serious).toEqual([unit])
  })

  test('names a file that is not records a line, and reads the others', async () => {
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

  test('names what records say that they are, and fields that nothing reads or fills', async () => {
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

  test.each(['jsonl', 'personalize', 'csv'] as const)(
    'finds a log of positives only fit where the scene draws negatives: %s',
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

  test('finds a user or an item that is most of the log', async () => {
    const own = sound(300).map((line) => line.replace(/anna\.karenina\.\d/, 'anna.karenina.0'))
    const { warnings } = await validate(write({ 'a.jsonl': own.join('\n') }), 'jsonl')
    expect(warnings).toEqual(expect.arrayContaining(['one-user', 'one-item']))
  })

  test('says where records are set aside and shows their shape, not whom they are about', async () => {
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

  test('finds too little, and nothing to predict', async () => {
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

  test('counts what the label gates count, of samples after sampling', async () => {
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

  test('lets a day that brings too little join the next', async () => {
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

  test('finds outcomes that label nothing serious where almost all do, or too few are left', async () => {
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

  test('counts what is older than a full training looks back over', async () => {
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

  test('reads exactly what npm start would cut and intake accept', async () => {
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

  test('refuses a path without a log of the format in one sentence', async () => {
    await expect(validate(write({ 'readme.md': 'x' }), 'jsonl')).rejects.toThrow(UsageError)
  })
})

describe('npm run validate', () => {
  const run = (...flags: string[]) =>
    spawnSync(process.execPath, [join(ROOT, 'cdk', 'cli', 'validate.ts'), ...flags], {
      encoding: 'utf8',
    })
  const good = write({ 'log.jsonl': sound(2000).join('\n') })
  const bad = write({ 'log.jsonl': `${sound(2000).join('\n')}\n${'junk\n'.repeat(1000)}` })

  test('exits 0 for logs that can be trained on, and prints what it found', () => {
    const { status, stdout, stderr } = run('--logs', good, '--format', 'jsonl')
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout).toMatch(/2,200 read in 1 file = 2,200 accepted \+ 0 quarantined/)
    expect(stdout).toMatch(/^full +enough: 1,100 samples/m)
    expect(stdout.trimEnd()).toMatch(/fit to train on$/)
  })

  test('exits 1 for logs that a gate would refuse, and tells a program the same', () => {
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
      /^--scene nowhere: expected one of access-log, feed/,
    ],
    [['--out', 'x'], /Unknown option '--out'/],
  ])('exits 2 for %j with one sentence', (flags, sentence) => {
    const { status, stdout, stderr } = run(...flags)
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr.trimEnd()).toMatch(sentence)
    expect(stderr.trimEnd()).not.toContain('\n')
  })
})

describe.runIf(DATA !== '')('validating a real access log', () => {
  test('finds its disorder, its duplicates, its cut line and its declared bots', async () => {
    const { profile, serious, warnings, notes } = await validate(
      join(DATA, 'access-logs'),
      'access-log',
    )
    expect(profile).toMatchObject({
      read: 10_000,
      accepted: 9999,
      lines: { timed: 9999, outOfOrder: 4915, duplicates: exact(19), declaredBots: 1423 },
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

  test('as it is finds nothing serious', async () => {
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

  test('shuffled finds how many lines are out of order, and all else as it was', async () => {
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

  test('with every tenth row twice finds each once', async () => {
    const doubled = rows.flatMap((row, n) => (n % 10 === 0 ? [row, row] : [row]))
    const clicked = rows.filter((row, n) => n % 10 === 0 && row.split(',')[4] === '1').length
    const { profile, notes } = await validate(copy(doubled), 'open-bandit')
    expect(profile.lines.duplicates).toEqual(exact(1000))
    expect(profile.ids.repeated).toEqual(exact(1000 + clicked))
    expect(notes).toContain('duplicate-lines')
  })

  test('cut in the middle of a line, or of its compression, finds where', async () => {
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

  test('with a clock ten years ahead, or never set, finds every line of it', async () => {
    const shifted = (year: string) => rows.map((row) => row.replace(',2019-', `,${year}-`))
    const ahead = await validate(copy(shifted('2029')), 'open-bandit')
    expect(ahead.serious).toEqual(['future'])
    expect(ahead.profile.clocks.future).toBe(10_000)
    const unset = await validate(copy(shifted('1970')), 'open-bandit')
    expect(unset.serious).toEqual(expect.arrayContaining(['epoch', 'quarantine']))
    expect(unset.profile.clocks.epoch).toBe(10_000)
  })

  test('with a column of another name, or two exchanged, finds that nothing or little can be read', async () => {
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

  test('without positions counts the impressions that lack one', async () => {
    const bare = rows.map((row, n) => (n % 4 === 0 ? row : withCell(row, 3, '')))
    const { profile, serious, warnings } = await validate(copy(bare), 'open-bandit')
    expect(profile.positionsMissing).toBe(7500)
    expect(serious).toEqual([])
    expect(warnings).toEqual(['positions-missing', 'one-item'])
  })
})
