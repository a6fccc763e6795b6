import { expect, test } from 'vitest'
import {
  PREFERENCE_COLUMNS,
  type PreferenceManifest,
  type PreferenceRow,
} from '../../../functions/contract/preferences.ts'
import { writeParquet } from '../../../functions/core/parquet.ts'
import { readNewest } from '../../../functions/graph/preferences/read-newest.ts'
import { memoryObjects } from '../../make/memory-objects.ts'

const KINDS = ['preference', 'instruction', 'unmet'] as const
const DAYS = 4
/** Three rows of each kind on each day, of ten characters each. */
const rowsOf = (day: number): PreferenceRow[] =>
  [0, 1, 2].flatMap((n) =>
    KINDS.map((kind) => ({
      ...{ kind, id: `${day}-${n}`, user: 'u', timeMs: 10 * day + n, prompt: '12345' },
      ...{ chosen: '123', rejected: '12', chunks: null, model: null, release: null },
    })),
  )

const lake = memoryObjects('lake')
const manifests: PreferenceManifest[] = []
for (let day = 0; day < DAYS; day++) {
  const key = `day-${day}`
  await lake.put(key, writeParquet(PREFERENCE_COLUMNS, rowsOf(day)))
  const account = { turns: 3, kept: 3, excluded: 0, undecided: 0 }
  manifests.push({
    ...{ formatVersion: 1, scene: 'feed', dayMs: day, key, rows: 9, inputsDigest: '' },
    ...{ closedThroughMs: 0, accounts: { preference: account, instruction: account } },
    ...{ personalData: {}, unreadable: 0, orphans: 0, releases: [], codeDigest: '' },
  })
}
const unbounded = { maxRows: 1000, maxCharacters: 1000 }

test.each([
  ['rows', { ...unbounded, maxRows: 14 }],
  ['characters', { ...unbounded, maxCharacters: 149 }],
])('Within a bound of %s are the newest rows', async (_what, bound) => {
  const { rows, beyondTheBound } = await readNewest(lake, manifests, bound)
  const newest = manifests
    .flatMap((_, day) => rowsOf(day))
    .sort((a, b) => b.timeMs - a.timeMs || (a.kind < b.kind ? 1 : -1))
    .slice(0, 14)
  expect(rows.map(({ timeMs, kind }) => [timeMs, kind])).toEqual(
    newest.map(({ timeMs, kind }) => [timeMs, kind]),
  )
  for (const kind of ['preference', 'instruction'] as const)
    expect(rows.filter((row) => row.kind === kind).length + beyondTheBound[kind]).toBe(3 * DAYS)
})

test('Days beyond the bound are not read', async () => {
  const [, ...newer] = manifests
  const gone = { ...manifests[0]!, key: 'no such object' }
  const { rows, beyondTheBound } = await readNewest(lake, [gone, ...newer], {
    ...{ ...unbounded, maxRows: 20 },
  })
  expect(rows).toHaveLength(20)
  expect(beyondTheBound.preference).toBeGreaterThanOrEqual(3)
})

test('All rows are read where they are within the bound', async () => {
  const { rows, beyondTheBound } = await readNewest(lake, manifests)
  expect(rows).toHaveLength(9 * DAYS)
  expect(beyondTheBound).toEqual({ preference: 0, instruction: 0 })
})
