import { expect, test } from 'vitest'
import { readCounters } from '../../functions/closing/read-counters.ts'
import { COUNTER_COLUMNS } from '../../functions/contract/rows.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import { memoryObjects } from '../make/memory-objects.ts'

const HOUR = Date.UTC(2026, 0, 5, 7)
const row = (id: string) => ({ kind: 'item', id, event: 'click', count: 2 })

test('Counter files of version 0.2 keep their hours when read', async () => {
  const { kind, id, event, count, hourMs } = COUNTER_COLUMNS
  const earlier = { kind, id, event, knowableHourMs: hourMs, count } as const
  const store = memoryObjects()
  const ids = ['i1', 'i2']
  const before = ids.map((name) => ({ ...row(name), knowableHourMs: HOUR }))
  await store.put('before', writeParquet(earlier, before))
  const now = ids.map((name) => ({ ...row(name), hourMs: HOUR }))
  await store.put('now', writeParquet(COUNTER_COLUMNS, now))
  const files = []
  for await (const rows of readCounters(store, ['before', 'now'], (one) => one.id === 'i2'))
    files.push(rows)
  const wanted = [{ ...row('i2'), hourMs: HOUR }]
  expect(files).toEqual([wanted, wanted])
})
