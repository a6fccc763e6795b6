import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { UsageError } from '../../cdk/cli/errors.ts'
import type { FormatName } from '../../cdk/cli/replay/formats.ts'
import { sliceLogs } from '../../cdk/cli/replay/slices.ts'
import { type Mapping, mappingSchema } from '../../functions/contract/mapping.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { DAY0_MS } from '../make/events.ts'
import { makeScene } from '../make/scene.ts'

const root = mkdtempSync(join(tmpdir(), 'slices-'))
afterAll(() => rmSync(root, { recursive: true }))
let folders = 0

async function slice(
  files: Record<string, string | Uint8Array>,
  format: FormatName = 'jsonl',
  range: { fromMs?: number; throughMs?: number } = {},
  mapping: Mapping | null = null,
) {
  const folder = join(root, String(folders++))
  mkdirSync(join(folder, 'logs'), { recursive: true })
  for (const [name, body] of Object.entries(files)) writeFileSync(join(folder, 'logs', name), body)
  const sliced = await sliceLogs(
    {
      path: join(folder, 'logs'),
      format,
      scene: makeScene(),
      mapping,
      fromMs: range.fromMs ?? null,
      throughMs: range.throughMs ?? null,
    },
    join(folder, 'slices'),
  )
  return {
    ...sliced,
    drops: [...sliced.drops()].map((drop) => ({
      ...drop,
      text: Buffer.from(drop.body).toString('latin1'),
    })),
  }
}
const line = (hour: number, id = 'x'): string =>
  JSON.stringify({ id, timeMs: DAY0_MS + hour * HOUR_MS + 5 })

describe('Hourly drops of logs', () => {
  test('Logs become one drop per hour, whatever the order of their lines', async () => {
    const { drops, records } = await slice({
      'log.jsonl': [line(2), line(0), line(2), line(1)].join('\n'),
    })
    expect(drops.map(({ arrivalMs }) => (arrivalMs - DAY0_MS) / HOUR_MS - 1 - 2 / 60)).toEqual(
      [0, 1, 2].map((hour) => expect.closeTo(hour, 9)),
    )
    expect(drops.map(({ records: lines }) => lines)).toEqual([1, 1, 2])
    expect(drops[0]).toMatchObject({
      kind: 'events',
      name: '2026-01-05/00.jsonl',
      metadata: { 'quartermaster-format': 'jsonl' },
    })
    expect(records).toBe(4)
  })

  test('Plain, gzip and zstd logs may lie in one folder', async () => {
    const { drops } = await slice({
      'a.jsonl': line(0),
      'b.jsonl.gz': gzipSync(line(0)),
      'c.jsonl.zst': zstdCompressSync(line(0)),
    })
    expect(drops).toMatchObject([{ records: 3 }])
  })

  test('Lines without a time or with invalid UTF-8 stay in their place', async () => {
    const odd = Buffer.concat([
      Buffer.from(`broken first\n${line(3)}\n{"timeMs":5}\n`),
      Buffer.from([0xff, 0xfe, 0x0a]),
      Buffer.from(line(4)),
    ])
    const { drops } = await slice({ 'log.jsonl': odd })
    expect(drops[0]!.text).toBe(`broken first\n${line(3)}\n{"timeMs":5}\n\u00ff\u00fe\n`)
    expect(drops[1]!.text).toBe(`${line(4)}\n`)
  })

  test('Only the requested days become drops', async () => {
    const { drops } = await slice(
      { 'log.jsonl': [line(1), line(25), line(49)].join('\n') },
      'jsonl',
      { fromMs: DAY0_MS + DAY_MS, throughMs: DAY0_MS + 2 * DAY_MS },
    )
    expect(drops.map(({ name }) => name)).toEqual(['2026-01-06/01.jsonl'])
  })

  test('The catalogue comes whole and before the drops of events', async () => {
    const { drops } = await slice({
      'items.jsonl': '{"id":"i"}',
      'log.jsonl': line(5),
      'users.jsonl.gz': gzipSync('{"id":"u"}'),
    })
    expect(drops.map(({ kind, name }) => [kind, name])).toEqual([
      ['items', 'items.jsonl'],
      ['users', 'users.jsonl.gz'],
      ['events', '2026-01-05/05.jsonl'],
    ])
    expect(drops[0]!.arrivalMs).toBe(DAY0_MS + 4 * HOUR_MS)
  })

  test('Each drop of a table repeats its header and has one source', async () => {
    const header =
      ',timestamp,item_id,position,click,propensity_score,user_feature_0,user_feature_1,user_feature_2,user_feature_3'
    const row = (hour: number) => `1,2026-01-05 0${hour}:10:00.5+00:00,7,1,0,0.1,a,b,c,d`
    const { drops } = await slice(
      {
        'bts-men.csv': [header, row(1), row(2)].join('\n'),
        'bts-women.csv': [header, row(1)].join('\n'),
        'bts-men-items.csv': 'x',
      },
      'open-bandit',
    )
    expect(drops.map(({ name, metadata }) => [name, metadata['quartermaster-source']])).toEqual([
      ['bts-men-items.csv', 'bts-men'],
      ['2026-01-05/01-bts-men.csv', 'bts-men'],
      ['2026-01-05/01-bts-women.csv', 'bts-women'],
      ['2026-01-05/02-bts-men.csv', 'bts-men'],
    ])
    expect(drops[1]!.text).toBe(`${header}\n${row(1)}\n`)
  })

  test('The header of a Personalize file decides its kind, not its name', async () => {
    const seconds = DAY0_MS / 1000
    const { drops } = await slice(
      {
        'a.csv': `ITEM_ID,GENRES\n1,x|y`,
        'b.csv': `USER_ID,ITEM_ID,TIMESTAMP\nu,1,${seconds}\nu,1,${seconds + 7200}`,
        'c.csv': 'USER_ID,AGE\nu,3',
      },
      'personalize',
    )
    expect(drops.map(({ kind, name }) => [kind, name])).toEqual([
      ['items', 'a.csv'],
      ['users', 'c.csv'],
      ['events', '2026-01-05/00.csv'],
      ['events', '2026-01-05/02.csv'],
    ])
  })

  test('Access log lines follow request times, and cut lines follow their neighbours', async () => {
    const line = (hour: string, path: string) =>
      `192.0.2.7 - - [05/Jan/2026:${hour}:00:00 +0000] "GET ${path} HTTP/1.1" 200 1 "-" "x"`
    const { drops } = await slice(
      { 'access.log.2': [line('01', '/a.png'), 'cut', line('00', '/b')].join('\n'), LICENSE: 'x' },
      'access-log',
    )
    expect(drops.map(({ name, records }) => [name, records])).toEqual([
      ['2026-01-05/00.log', 1],
      ['2026-01-05/01.log', 2],
    ])
  })

  test('Each CloudFront drop begins with the line that names its fields', async () => {
    const fields = '#Fields: date time c-ip cs-method cs-uri-stem sc-status'
    const row = (hour: string) => `2026-01-05\t${hour}:00:00\t192.0.2.7\tGET\t/a\t200`
    const { drops } = await slice(
      { 'E2.2026-01-05-00.a1b2c3d4': ['#Version: 1.0', fields, row('01'), row('00')].join('\n') },
      'access-log',
    )
    expect(drops.map(({ text, records }) => [text, records])).toEqual([
      [`${fields}\n${row('00')}\n`, 1],
      [`${fields}\n${row('01')}\n`, 1],
    ])
  })

  test('Drops of mapped tables keep quoted cells whole and name their mapping', async () => {
    const mapping = mappingSchema.parse({
      time: { column: 't', unit: 'milliseconds' },
      user: 'u',
      item: 'i',
      label: { column: 'i', positive: ['1'] },
    })
    const { drops } = await slice(
      {
        'a.csv': `t,u,i\n${DAY0_MS},"two\nlines",1\n${DAY0_MS},u,2`,
        'b.csv': `u,i,t\nu,1,${DAY0_MS}`,
        'mapping.json': '{}',
      },
      'csv',
      {},
      mapping,
    )
    expect(drops.map(({ name, text, records }) => [name, text, records])).toEqual([
      ['2026-01-05/00.csv', `t,u,i\n${DAY0_MS},"two\nlines",1\n${DAY0_MS},u,2\n`, 2],
      ['2026-01-05/00-1.csv', `u,i,t\nu,1,${DAY0_MS}\n`, 1],
    ])
    expect(drops[0]!.metadata).toEqual({
      'quartermaster-format': 'csv',
      'quartermaster-mapping': 'local',
    })
  })

  test('Drops of a table without times state their first row number', async () => {
    const mapping = mappingSchema.parse({
      header: ['u', 'i'],
      time: { rowsPerHour: 2, from: '2026-01-05T00:00:00Z' },
      user: 'u',
      item: 'i',
      label: { column: 'i', positive: ['1'] },
    })
    const { drops } = await slice(
      { 'a.csv': 'u,1\nu,2\nu,3', 'b.csv': 'short\nu,5' },
      'csv',
      {},
      mapping,
    )
    expect(drops.map(({ text, metadata }) => [text, metadata['quartermaster-first-row']])).toEqual([
      ['u,1\nu,2\n', '0'],
      ['u,3\n', '2'],
      ['short\nu,5\n', '3'],
    ])
  })

  test.each([
    [{ 'readme.md': 'x' }, 'jsonl', {}, /expected an event log of the format jsonl, found none/],
    [
      { 'a.jsonl': 'no time\nat all' },
      'jsonl',
      {},
      /times of the format jsonl, but none of its 2 lines has one/,
    ],
    [
      { 'a.jsonl': line(0) },
      'jsonl',
      { fromMs: DAY0_MS + DAY_MS },
      /found none between --from and --to/,
    ],
    [{ 'a.jsonl.gz': 'not gzip' }, 'jsonl', {}, /a.jsonl.gz: cannot be read to its end/],
    [
      { 'a.inter': 'user\titem\n1\t2' },
      'movielens',
      {},
      /times of the format movielens, but none of its 1 lines has one; .* lacks the columns/,
    ],
  ] as const)(
    'Logs that cannot be replayed are refused in one sentence',
    async (files, format, range, sentence) => {
      const attempt = slice(files, format, range)
      await expect(attempt).rejects.toThrow(UsageError)
      await expect(attempt).rejects.toThrow(sentence)
    },
  )
})
