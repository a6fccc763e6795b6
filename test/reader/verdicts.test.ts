import { expect, test } from 'vitest'
import { publishVerdicts } from '../../functions/anticheat/publish.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import type { TableStore } from '../../functions/core/tables.ts'
import { openVerdicts } from '../../functions/reader/verdicts.ts'
import { memoryTable } from '../make/memory-table.ts'
import { NOON, verdict } from '../make/verdicts.ts'

const snapshotOf = (madeMs: number) => ({ scene: 'feed', madeMs, screenedThroughMs: madeMs })
const EVENT = { user: 'u1', item: 'i1', timeMs: NOON }

function openReader(online: Pick<TableStore, 'get' | 'getAll'>) {
  const faults: string[] = []
  const ask = openVerdicts({
    ...{ online, scene: 'feed', verdictsMs: MINUTE_MS, maxUsers: 2 },
    onFault: (_fault, during) => faults.push(during),
  })
  return { ask, faults }
}

test('The reader answers for the user, item and time of a verdict', async () => {
  const online = memoryTable()
  const rows = [verdict({ items: '["i1"]' }), verdict({ id: 'u2', action: 'watch' })]
  expect(await publishVerdicts(online, snapshotOf(NOON), rows)).toEqual({ users: 1, isMoved: true })
  const { ask } = openReader(online)
  expect(await ask(EVENT)).toEqual({ action: 'exclude', reason: 'focus', weight: 0 })
  expect(await ask({ ...EVENT, item: 'i2' })).toBeNull()
  expect(await ask({ ...EVENT, user: 'u2' })).toBeNull()
  expect(await ask({ ...EVENT, timeMs: NOON + 2 * DAY_MS })).toBeNull()
})

test('Nothing is flagged before the first snapshot', async () => {
  expect(await openReader(memoryTable()).ask(EVENT)).toBeNull()
})

test('The pointer moves last, once, and never back', async () => {
  const online = memoryTable()
  await publishVerdicts(online, snapshotOf(NOON), [verdict()])
  const putAll: TableStore['putAll'] = async () => {
    throw new Error('the table is away')
  }
  const later = snapshotOf(NOON + HOUR_MS)
  await expect(publishVerdicts({ ...online, putAll }, later, [])).rejects.toThrow('away')
  expect(await openReader(online).ask(EVENT)).not.toBeNull()
  expect((await publishVerdicts(online, later, [])).isMoved).toBe(true)
  expect(await openReader(online).ask(EVENT)).toBeNull()
  expect((await publishVerdicts(online, snapshotOf(NOON), [verdict()])).isMoved).toBe(false)
  expect(await openReader(online).ask(EVENT)).toBeNull()
})

test('A verdict that expires is not served any longer', async () => {
  const online = memoryTable()
  const endless = verdict({ throughMs: NOON + 900 * DAY_MS, expiresMs: NOON + DAY_MS })
  await publishVerdicts(online, snapshotOf(NOON), [endless])
  const { ask } = openReader(online)
  expect(await ask({ ...EVENT, timeMs: NOON + DAY_MS - 1 })).not.toBeNull()
  expect(await ask({ ...EVENT, timeMs: NOON + DAY_MS })).toBeNull()
})

test('After a failed read the last answer stays in use', async () => {
  const online = memoryTable()
  await publishVerdicts(online, snapshotOf(NOON), [verdict()])
  let isAway = false
  const getAll: TableStore['getAll'] = (keys) => {
    if (isAway) return Promise.reject(new Error('the table is away'))
    return online.getAll(keys)
  }
  const { ask, faults } = openReader({ ...online, getAll })
  expect(await ask(EVENT)).not.toBeNull()
  isAway = true
  expect(await ask({ ...EVENT, timeMs: NOON + HOUR_MS })).not.toBeNull()
  expect(faults).toEqual(['reading the verdicts of a user'])
  await expect(ask({ ...EVENT, user: 'u2' })).rejects.toThrow('away')
})
