import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { HEAP_OPTIONS } from '../../functions/intake/limits.ts'

const MAX_MIB = 256

test('intake stays within 256 MiB for a 200 MB drop over 400 hours, a line of 50 MB and a gzip bomb', () => {
  const script = join(import.meta.dirname, 'fixtures', 'large-drops.ts')
  const { stdout, stderr } = spawnSync(process.execPath, [...HEAP_OPTIONS.split(' '), script], {
    encoding: 'utf8',
    timeout: 100_000,
  })
  expect(stderr).toBe('')
  const [large, line, bomb] = stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text))
  expect(large).toMatchObject({ read: 900_000, accepted: 900_000 })
  expect(line).toMatchObject({ read: 1, quarantined: { line_too_long: 1 } })
  expect(bomb.quarantined).toMatchObject({ compression_bomb: 1 })
  for (const { rawKey, peakMiB } of [large, line, bomb])
    expect(peakMiB, rawKey).toBeLessThanOrEqual(MAX_MIB)
}, 100_000)
