import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  RELEASE_SK,
  releaseRowSchema,
  releaseSk,
  scenePk,
} from '../../functions/contract/registry.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { memoryTable } from '../make/memory-table.ts'

/** A row as the version before wrote it, when a release had one model and flat fields. */
const stored = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'stored', `release-${name}.json`), 'utf8'))

const BASE = 'daily-20260106-8018b5c9'
const INCREMENT = 'hourly-2026010700-42eddefb'
const file = (version: string, sha256: string) => ({
  key: `models/feed/${version}/model.qmm`,
  sha256,
  generation: version,
})
const model = (version: string, base: object | null, throughMs: number) => ({
  ...file(version, 'sha'),
  ...{ kind: 'object', base, throughMs },
})
const values = (throughMs: number) => ({
  ...{ key: 'feed#', sha256: null, kind: 'rows', generation: 'generation' },
  ...{ base: null, throughMs },
})
const ofBase = {
  ...{ scene: 'feed', sequence: 3, version: BASE, dataThroughMs: 1767657600000 },
  parts: { model: model(BASE, null, 1767657600000), values: values(1767661200000) },
  preparedMs: 1767666600000,
}
const ofIncrement = {
  ...{ scene: 'feed', sequence: 4, version: INCREMENT, dataThroughMs: 1767744000000 },
  parts: {
    model: model(INCREMENT, file(BASE, 'base sha'), 1767744000000),
    values: values(1767747600000),
  },
  ...{ preparedMs: 1767753000000, fence: 7 },
}

describe('stored release rows', () => {
  test.each([
    ['a whole model', 'without-base', { ...ofBase, fence: 2 }],
    ['a delta', 'with-base', ofIncrement],
    ['no fence', 'without-fence', { ...ofBase, fence: 0 }],
  ])('A flat row with %s is read as a map of parts', async (_, name, expected) => {
    const table = memoryTable()
    const registry = openRegistry(table, 'feed')
    const row = stored(name)
    await table.put(scenePk('feed'), releaseSk(row.sequence), row)
    expect(await registry.release(row.sequence)).toEqual(expected)
    expect(await registry.releases()).toEqual([expected])
  })

  test('A flat row yields to a mapped row with a later fence', async () => {
    const table = memoryTable()
    const registry = openRegistry(table, 'feed')
    const row = stored('with-base')
    await table.put(scenePk('feed'), releaseSk(row.sequence), row)
    const today = releaseRowSchema.parse({ ...row, fence: 8 })
    expect(await registry.prepare({ ...today, fence: 6 })).toBe(false)
    expect(await registry.prepare(today)).toBe(true)
    const [written] = await table.query(scenePk('feed'), RELEASE_SK)
    expect(Object.keys(written!).sort()).toEqual(
      [
        'dataThroughMs',
        'fence',
        'parts',
        'preparedMs',
        'scene',
        'sequence',
        'sk',
        'version',
      ].sort(),
    )
  })

  test('A flat row without its base field is refused by name', () => {
    const { base: _base, ...row } = stored('with-base')
    expect(() => releaseRowSchema.parse(row)).toThrow(/base/)
  })
})
