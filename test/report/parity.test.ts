import { expect, test } from 'vitest'
import { compareRows } from '../../functions/audit/compare-cells.ts'
import { parityKey } from '../../functions/contract/keys.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { renderPage } from '../../functions/report/page.ts'
import { collectParity } from '../../functions/report/parity.ts'
import { DAY0_MS } from '../make/events.ts'
import { makeFindings } from '../make/findings.ts'
import { memoryObjects } from '../make/memory-objects.ts'

const row = (served: number, sampled: number, ageHours: number) => ({
  ...{ item: 'i1', timeMs: DAY0_MS, closedThroughMs: DAY0_MS - ageHours * HOUR_MS },
  ...{ served: { shown: served, 'a<b': 1 }, sampled: { shown: sampled, 'a<b': 1 } },
})
const accountOf = (rows: ReturnType<typeof row>[], scheduledMs: number) => ({
  ...{ scene: 'feed', scheduledMs, arrivedFromMs: 0, arrivedThroughMs: 1, rows: rows.length },
  ...{ compared: rows.length, repeated: 0, unknownRelease: 0 },
  ...compareRows(rows, ({ served }) => served['shown'] === 9),
})

const lake = memoryObjects()
const put = (rows: ReturnType<typeof row>[], scheduledMs: number) =>
  lake.put(parityKey({ scene: 'feed', scheduledMs }), JSON.stringify(accountOf(rows, scheduledMs)))

test('The page shows equal and late values with their age by feature', async () => {
  await put([row(1, 1, 1), row(2, 1, 1)], DAY0_MS)
  await put([row(9, 1, 1), row(1, 1, 3)], DAY0_MS + HOUR_MS)
  const parity = { feed: await collectParity(lake, 'feed', 0) }
  const page = renderPage({ ...makeFindings(), sections: { parity } })
  expect(page).toContain('feed: 8 values that were served')
  const [, cells] = /<tr><td class="nowrap">shown<\/td>(.*?)<\/tr>/.exec(page)!
  expect(cells!.match(/>([^<]+)</g)!.map((text) => text.slice(1, -1))).toEqual([
    ...['4', '50.000 %', '75.000 %', '0', '0', '2', '1', '1 h, at most 3 h'],
  ])
  expect(page).toContain('a&#60;b')
})

test('A page without logged cells has no section of parity', () => {
  const sections = { parity: { feed: {} } }
  expect(renderPage({ ...makeFindings(), sections })).not.toContain('id="parity"')
})

test('Accounts before the page begins are not read', async () => {
  const late = await collectParity(lake, 'feed', DAY0_MS + HOUR_MS)
  expect(late['shown']!.values).toBe(2)
  expect(await collectParity(lake, 'feed', DAY0_MS + DAY_MS)).toEqual({})
})
