import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { HEAP_OPTIONS } from '../../functions/intake/limits.ts'
import { DAY0_MS } from '../make/events.ts'

const MAX_MIB = 256

const takeIn = (which: string, fixture = 'large-drops.ts') => {
  const script = join(import.meta.dirname, 'fixtures', fixture)
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [...HEAP_OPTIONS.split(' '), script, which],
    { encoding: 'utf8', timeout: 300_000 },
  )
  expect(stderr).toBe('')
  const drops = stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text))
  for (const { rawKey, peakMiB } of drops) expect(peakMiB, rawKey).toBeLessThanOrEqual(MAX_MIB)
  return drops
}

test('Intake stays within 256 MiB for huge drops, lines and gzip bombs', () => {
  const [large, line, bomb] = takeIn('.jsonl')
  expect(large).toMatchObject({ read: 500_000, accepted: 500_000 })
  expect(line).toMatchObject({ read: 2, quarantined: { line_too_long: 1, missing_field: 1 } })
  expect(bomb.quarantined).toMatchObject({ compression_bomb: 1 })
}, 420_000)

test('Intake stays within 256 MiB for wide slates and large quoted texts', () => {
  const [slates, texts] = takeIn('format=personalize')
  expect(slates).toMatchObject({ read: 250, accepted: 250 })
  expect(texts).toMatchObject({ read: 4000, accepted: 4000 })
}, 420_000)

test.each([
  ['long.txt', null],
  ['long.html', null],
  ['long.pdf', null],
  ['heavy.pdf', null],
  ['bomb.pdf', 'too_large'],
])(
  'Intake stays within 256 MiB for the document %s',
  (name, reason) => {
    const [document] = takeIn(name, 'large-documents.ts')
    expect(document.refused?.reason ?? null).toBe(reason)
    expect(document.accepted).toBe(reason === null ? 1 : 0)
  },
  420_000,
)

test('Intake stays within 256 MiB for Parquet pages of 120,000 rows', async () => {
  const root = mkdtempSync(join(tmpdir(), 'rows-'))
  try {
    const path = join(root, 'large.parquet')
    const connection = await (await DuckDBInstance.create()).connect()
    await connection.run(`COPY (SELECT uuid()::VARCHAR AS id, 'request-' || (i // 8) AS request,
      {'id': 'person-' || hash(i) % 90000, 'country': 'de'} AS user, 'item-' || hash(i * 7) % 5000 AS item,
      (1 + i % 8)::INT AS position, epoch_ms(${DAY0_MS} - i * 400) AS ts, i % 9 = 0 AS clicked,
      'phone' AS device, 'page-' || (i % 100) AS page, ['a', 'tag-' || (i % 50)] AS tags,
      repeat('not read ', 30) || hash(i) AS note FROM range(130000) t(i))
      TO '${path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 120000)`)
    const [large] = takeIn(path, 'large-rows.ts')
    expect(large).toMatchObject({ read: 130_000, accepted: 130_000 })
  } finally {
    rmSync(root, { recursive: true })
  }
}, 420_000)
