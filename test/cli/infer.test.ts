import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { UsageError } from '../../cdk/cli/errors.ts'
import { infer, parseInfer, scenePathOf } from '../../cdk/cli/infer/infer.ts'
import { tableOf } from '../../cdk/cli/infer/layouts.ts'
import { DROP_METADATA } from '../../functions/contract/drop-metadata.ts'
import { mappingSchema } from '../../functions/contract/mapping.ts'
import { sceneSchema } from '../../functions/contract/scene.ts'
import { foreignBytes } from '../intake/fixtures/foreign-bytes.ts'
import { takeIn } from '../intake/take-in.ts'
import { DAY0_MS } from '../make/events.ts'

const folder = mkdtempSync(join(tmpdir(), 'infer-'))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0
const NOW_MS = DAY0_MS + 400 * 86_400_000

/** Infers a mapping of a file, and takes the file in by it. */
async function inferred(name: string, body: string | Uint8Array) {
  const path = join(folder, `${files++}-${name}`)
  writeFileSync(path, body)
  const out = `${path}.mapping.json`
  const { text: said } = await infer(parseInfer(['--infer', path, '--out', out])!, NOW_MS)
  const mapping = JSON.parse(readFileSync(out, 'utf8'))
  const scene = sceneSchema.parse(JSON.parse(readFileSync(scenePathOf(out), 'utf8')))
  const taken = await takeIn(body, {
    key: `raw/feed/events/${name}`,
    metadata: { [DROP_METADATA.format]: 'csv' },
    logs: { mappings: { first: mappingSchema.parse(mapping) } },
  })
  const [sure, unsure] = ['sure', 'unsure: check these'].map((title) =>
    (said.split(`\n${title}\n`)[1] ?? '')
      .split('\n\n')[0]!
      .split('\n')
      .map((line) => line.trim().split(/ +/)[0]),
  )
  return { said, mapping, scene, sure, unsure, ...taken }
}
const iso = (n: number): string =>
  new Date(DAY0_MS + n * 1000).toISOString().slice(0, 19).replace('T', ' ')
const rows = (count: number, row: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => row(n)).join('\n')

describe('The --infer flag', () => {
  test('Inference reads a labelled click table and is sure of clear columns', async () => {
    const { mapping, sure, unsure, manifest } = await inferred(
      'clicks.csv.gz',
      gzipSync(
        `event_time,user_id,product_id,rank,is_click,propensity,device,category\n${rows(200, (n) => `${iso(n)},u${n % 9},p${n % 7},${n % 5},${n % 8 === 0 ? 1 : 0},0.2,${n % 2 ? 'phone' : 'desktop'},c${n % 3}`)}`,
      ),
    )
    expect(mapping).toEqual({
      time: { column: 'event_time', unit: 'iso' },
      user: 'user_id',
      item: 'product_id',
      label: { column: 'is_click', positive: ['1'] },
      propensity: 'propensity',
      position: { column: 'rank', from: 0 },
      itemAttributes: { category: 'category' },
      context: { device: 'device' },
    })
    expect(sure).toEqual(['time', 'user', 'item', 'label', 'propensity', 'position'])
    expect(unsure).toEqual(['context', 'itemAttributes'])
    expect(manifest).toMatchObject({ read: 200, accepted: 200, events: 225, quarantined: {} })
  })

  test('Inference reads shop actions and names those that the scene lacks', async () => {
    const { mapping, scene, said, unsure, manifest } = await inferred(
      'shop.jsonl',
      rows(60, (n) =>
        JSON.stringify({
          ts: DAY0_MS / 1000 + n,
          visitor: { id: `v${n % 5}` },
          sku: `p${n % 6}`,
          action: ['view', 'view', 'buy', 'wish'][n % 4],
          price: 9.5,
        }),
      ),
    )
    expect(mapping).toMatchObject({
      layout: 'json-lines',
      time: { column: 'ts', unit: 'seconds' },
      user: 'visitor.id',
      item: 'sku',
      event: {
        column: 'action',
        impressions: ['view'],
        outcomes: { buy: 'purchase', wish: 'add_to_wishlist' },
      },
      value: 'price',
    })
    expect(unsure).toContain('event')
    expect(scene.objective).toBe('purchase')
    expect(said).toMatch(
      /feed predicts click, which this log does not have; it has .*add_to_wishlist/,
    )
    // The scene that was asked for knows no wishes; the one beside the mapping does.
    expect(Object.keys(scene.outcomes)).toContain('add_to_wishlist')
    expect(manifest).toMatchObject({ read: 60, accepted: 45, quarantined: { unknown_outcome: 15 } })
  })

  test('Inference reads tabs, semicolons and tables without a header', async () => {
    for (const separator of ['\t', ';', '|']) {
      const { mapping, unsure, manifest } = await inferred(
        'log.txt',
        rows(50, (n) => [`u${n % 4}`, `i${n}`, DAY0_MS + n, 1 + (n % 5)].join(separator)),
      )
      expect(mapping).toMatchObject({
        separator,
        header: ['column_1', 'column_2', 'column_3', 'column_4'],
        time: { column: 'column_3', unit: 'milliseconds' },
      })
      expect(unsure).toEqual(expect.arrayContaining(['header', 'user', 'item', 'label']))
      expect(manifest).toMatchObject({ read: 50, accepted: 50 })
    }
  })

  test('An ambiguous day and month order stays open until a day decides', async () => {
    const dated = (day: number) => `0${day}/02/2026 10:00:00`
    const table = (first: number) =>
      `date,user,item,rating\n${rows(20, (n) => `${dated(first + (n % 3))},u${n},i${n},${n % 6}`)}`
    const open = await inferred('a.csv', table(1))
    expect(open.unsure).toContain('time')
    expect(open.said).toContain('dd/MM/yyyy HH:mm:ss, or MM/dd/yyyy HH:mm:ss')
    const told = await inferred('b.csv', table(1).replaceAll('01/02', '21/02'))
    expect(told.sure).toContain('time')
    expect(told.mapping.time).toEqual({ column: 'date', pattern: 'dd/MM/yyyy HH:mm:ss' })
    expect(told.mapping.label).toEqual({ column: 'rating', atLeast: 4 })
  })

  test('Without times or events, each row is a click in row order', async () => {
    const { mapping, scene, unsure } = await inferred(
      'bare.csv',
      `who,what\n${rows(30, (n) => `a${n % 3},b${n}`)}`,
    )
    expect(mapping.time).toEqual({ rowsPerHour: 5, from: '2026-01-05T00:00:00Z' })
    expect(mapping.everyRow).toBe('click')
    expect(scene.sampling).toMatchObject({ negativeRate: 1, negatives: { perPositive: 4 } })
    expect(unsure).toEqual(expect.arrayContaining(['time', 'every']))
  })

  test.each([
    ['jsonl', '{"type":"impression","timeMs":1767606000000,"userId":"u","itemId":"i"}'],
    ['metarank', '{"event":"item","id":"1","timestamp":"1599391467000","item":"i","fields":[]}'],
    ['personalize', 'USER_ID,ITEM_ID,EVENT_TYPE,TIMESTAMP\n196,242,click,881250949'],
    ['access-log', '1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1 "-" "x"'],
    ['movielens', 'user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t2\t3\t4'],
    [
      'open-bandit',
      ',timestamp,item_id,position,click,propensity_score,user_feature_0,user_feature_1,user_feature_2,user_feature_3\n0,2019-11-24 00:00:23.800821+00:00,1,1,0,0.5,a,b,c,d',
    ],
  ])('Inference recognizes %s, which needs no mapping', async (format, body) => {
    const path = join(folder, `${files++}.log`)
    writeFileSync(path, body)
    const out = `${path}.mapping.json`
    const { text: printed, exitCode } = await infer({ path, out, scene: 'feed' }, NOW_MS)
    expect(printed).toContain(`looks like ${format}, which needs no mapping`)
    expect(printed.includes('Or read it by a mapping')).toBe(existsSync(out))
    expect(exitCode).toBe(0)
  })

  test('Inference never overwrites files and refuses unreadable input in one sentence', async () => {
    const table = join(folder, 'table.csv')
    writeFileSync(table, `user,item\n${rows(5, (n) => `u${n},i${n}`)}`)
    const taken = join(folder, 'taken.json')
    writeFileSync(taken, 'mine')
    expect(() => parseInfer(['--infer', table, '--out', taken])).toThrow(
      /taken.json: the file exists already and stays as it is/,
    )
    await expect(infer({ path: table, out: taken, scene: 'feed' }, NOW_MS)).rejects.toThrow(
      /EEXIST/,
    )
    expect(readFileSync(taken, 'utf8')).toBe('mine')
    expect(() => parseInfer(['--infer', '/none'])).toThrow(/--infer \/none: no such file/)
    expect(() => parseInfer(['--infer', folder])).toThrow(/got a folder/)
    expect(() => parseInfer(['--infer', table, '--days', '3'])).toThrow(/Unknown option '--days'/)
    expect(parseInfer(['--logs', 'x'])).toBeNull()
    const refused = async (body: string | Uint8Array) => {
      const path = join(folder, `${files++}.x`)
      writeFileSync(path, body)
      const attempt = infer({ path, out: `${path}.json`, scene: 'feed' }, NOW_MS)
      await expect(attempt).rejects.toThrow(UsageError)
      await attempt.catch((error) => expect(error.message).not.toContain('\n'))
    }
    await refused('')
    await refused('just one line of prose')
    await refused(Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0xff]))
  })

  test.each<[string, string | Uint8Array, RegExp]>([
    ['a JSON document', '{"Records":[{"user":"a"},{"user":"b"}]}', /jq -c '\.Records\[\]'/],
    ['Parquet in gzip', gzipSync(foreignBytes('parquet')), /Apache Parquet inside.* gunzip -c/],
    ['a zip archive', foreignBytes('zip stored'), /a zip archive.* unzip/],
  ])('Inference names %s with advice and writes no mapping', async (_, body, sentence) => {
    const path = join(folder, `${files++}.x`)
    writeFileSync(path, body)
    const out = `${path}.json`
    const attempt = infer({ path, out, scene: 'feed' }, NOW_MS)
    await expect(attempt).rejects.toThrow(UsageError)
    await expect(attempt).rejects.toThrow(sentence)
    await attempt.catch((error) => expect(error.message).not.toContain('\n'))
    expect(existsSync(out)).toBe(false)
  })

  test('Inference finds separator, quoting and header of every well-formed table', () => {
    const cell = fc.stringMatching(/^[a-z ;|,]{0,8}x$/)
    fc.assert(
      fc.property(
        fc.constantFrom(',', '\t', ';', '|'),
        fc.array(fc.tuple(cell, cell, cell), { minLength: 3, maxLength: 20 }),
        (separator, table) => {
          const write = (cells: readonly (string | number)[]) =>
            cells.map((text) => (/[,;|\t]/.test(String(text)) ? `"${text}"` : text)).join(separator)
          const lines = [
            write(['user', 'item', 'text', 'n']),
            ...table.map((row, n) => write([...row, n])),
          ]
          const sample = tableOf(lines)!
          expect(sample).toMatchObject({ separator, header: 'named', rows: table.length })
          expect(sample.columns[2]!.values).toEqual(table.map(([, , text]) => text))
        },
      ),
    )
  })
})
