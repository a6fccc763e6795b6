import { describe, expect, test } from 'vitest'
import { FOLDED_SK, foldedPk, VALUES_SK, valuesPk } from '../../functions/contract/values.ts'
import { seriesOf } from '../../functions/features/series.ts'
import { unitInterval } from '../../functions/math/hash.ts'
import type { ReaderOptions } from '../../functions/reader/reader.ts'
import { blockOf, foldedRow, hourAt, markAt } from './online-rows.ts'
import { SERVED_FEATURES, servedReleases } from './served-releases.ts'

const NOW_MS = hourAt(11) + 0.5

/** A reader that logs cells, with the lines that it handed out. */
async function openLogged(fields: Partial<NonNullable<ReaderOptions['logCells']>> = {}) {
  const world = servedReleases()
  await world.prepare(1)
  await world.flip(1)
  const [series] = seriesOf(SERVED_FEATURES)
  await world.online.put(valuesPk('feed', 'item', 'i1'), VALUES_SK, {
    ring: blockOf(series!, { 9: 7 }),
  })
  await world.online.put(foldedPk('feed'), FOLDED_SK, foldedRow(markAt(10)))
  const lines: string[] = []
  const put = (line: string): void => void lines.push(line)
  const reader = await world.open({ logCells: { share: 0.3, seed: 4, put, ...fields } })
  return { ...world, reader, lines }
}

describe('The log of served cells', () => {
  test('A logged user has one line for each item of a slate', async () => {
    const { reader, lines } = await openLogged({ share: 1 })
    const items = [{ item: 'i1', position: 3 }, { item: 'i2' }]
    const about = { requestId: 'r1', context: { device: 'phone' } }
    await reader.scoreSlate({ user: 'u', timeMs: NOW_MS, ...about, items })
    const line = {
      ...{ type: 'served', user: 'hash of u', timeMs: hourAt(11), release: 'v1', ...about },
      closedThroughMs: hourAt(10),
    }
    expect(lines.map((text) => JSON.parse(text))).toEqual([
      { ...line, item: 'i1', position: 3, cells: { shown: 7 } },
      { ...line, item: 'i2', cells: { shown: 0 } },
    ])
    expect(lines.join()).not.toContain('\n')
  })

  test('The log has a share of users by hash, always the same', async () => {
    const { reader, lines } = await openLogged()
    const users = Array.from({ length: 200 }, (_, n) => `u${n}`)
    const score = async (): Promise<string[]> => {
      lines.length = 0
      for (const user of users)
        await reader.scoreSlate({ user, timeMs: NOW_MS, items: [{ item: 'i1' }] })
      return lines.map((line) => JSON.parse(line).user)
    }
    const expected = users
      .map((user) => `hash of ${user}`)
      .filter((user) => unitInterval(user, 4) < 0.3)
    expect(expected.length).toBeGreaterThan(30)
    expect(expected.length).toBeLessThan(100)
    expect(await score()).toEqual(expected)
    expect(await score()).toEqual(expected)
  })

  test('A log that fails is reported, and the slate is answered', async () => {
    const { reader, faults, lines } = await openLogged({
      share: 1,
      put: async (line) => {
        if (line.includes('"i1"')) throw new Error('disk full')
        lines.push(line)
      },
    })
    const items = [{ item: 'i1' }, { item: 'i2' }]
    const { scores } = await reader.scoreSlate({ user: 'u', timeMs: NOW_MS, items })
    expect(scores).toHaveLength(2)
    await new Promise(setImmediate)
    expect(faults).toEqual(['logging served cells: disk full'])
    expect(lines).toHaveLength(1)
  })
})
