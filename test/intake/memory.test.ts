import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { HEAP_OPTIONS } from '../../functions/intake/limits.ts'

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

test('intake stays within 256 MiB for a 110 MB drop over 400 hours, a line of 50 MB and a gzip bomb', () => {
  const [large, line, bomb] = takeIn('.jsonl')
  expect(large).toMatchObject({ read: 500_000, accepted: 500_000 })
  expect(line).toMatchObject({ read: 2, quarantined: { line_too_long: 1, missing_field: 1 } })
  expect(bomb.quarantined).toMatchObject({ compression_bomb: 1 })
}, 420_000)

test('intake stays within 256 MiB for rows of a thousand impressions, and for 140 MB of quoted texts', () => {
  const [slates, texts] = takeIn('format=personalize')
  expect(slates).toMatchObject({ read: 250, accepted: 250 })
  expect(texts).toMatchObject({ read: 4000, accepted: 4000 })
}, 420_000)

test('intake stays within 256 MiB for bytes that are made to fill memory', () => {
  expect(
    takeIn('', 'hostile-bytes.ts').map(({ read, quarantined }) => [read, quarantined]),
  ).toEqual([
    [40, { not_json: 40 }],
    [40, { not_utf8: 40 }],
    [60_000, { not_json: 60_000 }],
    [24, { not_json: 24 }],
    [1, { window_too_large: 1 }],
    [1, { not_json: 1 }],
    [60_000, { bad_row: 60_000 }],
    [4, { bad_row: 4 }],
    [8, { line_too_long: 8 }],
  ])
}, 420_000)
