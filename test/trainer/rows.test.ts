import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { SAMPLE_COLUMNS, VALUE_SEPARATOR } from '../../functions/contract/rows.ts'
import type { Feature } from '../../functions/contract/scene.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import { featureColumns } from '../../functions/features/cells.ts'
import { readTrainingRows } from '../../functions/trainer/rows.ts'

const folder = mkdtempSync(join(tmpdir(), 'rows-'))
afterAll(() => rmSync(folder, { recursive: true }))
const features: Feature[] = [{ kind: 'category', name: 'tags', of: 'item.tags' }]
const columns = { ...SAMPLE_COLUMNS, ...featureColumns(features) }
const sample = fc.record({
  timeMs: fc.integer({ min: 0, max: 20 }),
  user: fc.constantFrom('ann', 'bob'),
  label: fc.constantFrom(0, 1),
  weight: fc.constantFrom(1, 2.5),
  release: fc.constantFrom(null, '7'),
  // Of several values each row has as many entries.
  f_tags: fc.array(fc.constantFrom('red', 'blue', 'round', 'new'), { maxLength: 4 }),
})

test('Samples are the same ordered rows, however files hold them', async () => {
  const read = (files: readonly object[][]) =>
    readTrainingRows(
      files.map((rows, n) => {
        const path = join(folder, `${n}.parquet`)
        writeFileSync(path, writeParquet(columns, rows as Record<string, unknown>[]))
        return path
      }),
      features,
      10,
    )
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(sample, fc.nat(3)), { maxLength: 25 }), async (drawn) => {
      const rows = drawn.map(([row, file], n) => ({
        row: {
          ...row,
          sample: `s${(n * 7) % 25}`,
          known: 1,
          logOddsCorrection: 0,
          f_tags: row.f_tags.join(VALUE_SEPARATOR),
        },
        file,
      }))
      const sorted = rows
        .map(({ row }) => row)
        .sort((a, b) => a.timeMs - b.timeMs || (a.sample < b.sample ? -1 : 1))
      const cut = [0, 1, 2, 3].map((n) => rows.filter(({ file }) => file === n))
      const found = await read(cut.map((of) => of.map(({ row }) => row)))
      expect(found).toEqual(await read([sorted]))
      expect(found.samples).toEqual(sorted.map((row) => row.sample))
      expect([...found.timesMs]).toEqual(sorted.map(({ timeMs }) => timeMs))
      expect(found.releases).toEqual(sorted.map(({ release }) => release))
    }),
    { numRuns: 60 },
  )
})
