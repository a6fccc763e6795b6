import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { HEAP_OPTIONS } from '../../functions/intake/limits.ts'

const MAX_MIB = 256

const takeIn = (which: string) => {
  const script = join(import.meta.dirname, 'fixtures', 'large-drops.ts')
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
