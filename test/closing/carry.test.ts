import { describe, expect, test } from 'vitest'
import { carryBatches, markStarted } from '../../functions/closing/carry.ts'
import { commitClosing, loadClosing } from '../../functions/closing/chain.ts'
import { closeTask } from '../../functions/closing/close.ts'
import { closingTasks } from '../../functions/closing/cut.ts'
import type { ClosingBatch, ClosingPlan, HourAccount } from '../../functions/contract/accounts.ts'
import {
  cleanEventsKey,
  closedHourPrefix,
  closingAccountKey,
  closingAttemptKey,
} from '../../functions/contract/keys.ts'
import type { EventRow } from '../../functions/contract/rows.ts'
import { HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { readParquet } from '../../functions/core/parquet.ts'
import { futureNames } from '../../functions/samples/plan.ts'
import { DAY0_MS, makeImpression } from '../make/events.ts'
import { land } from '../make/landing.ts'
import { type MemoryObjects, memoryObjects } from '../make/memory-objects.ts'
import { makeScene } from '../make/scene.ts'

const scene = makeScene()
const throughMs = DAY0_MS + 5 * HOUR_MS
const pieceOf = (piece: number, fields: Partial<ClosingBatch> = {}): ClosingBatch => ({
  ...{ scene: 'feed', closedThroughMs: throughMs - HOUR_MS, piece },
  hours: [
    {
      ...{ hourMs: DAY0_MS + piece * HOUR_MS, lane: 'first', accepted: 9 },
      ...{ cleanKeys: [], earlierKeys: [] },
    },
  ],
  ...fields,
})
const accountOf = ({ closedThroughMs, piece }: ClosingBatch): string =>
  closingAccountKey('feed', closedThroughMs, piece)
const attemptOf = (piece: ClosingBatch): string => closingAttemptKey('feed', throughMs, piece)
const carry = (pieces: ClosingBatch[], ...standing: string[]): ClosingBatch[] =>
  carryBatches({ scene: 'feed', closedThroughMs: throughMs, pieces }, new Set(standing))

describe('Parts of an unfinished closing', () => {
  const [a, b] = [pieceOf(0), pieceOf(1)]

  test('An unfinished part is carried until its account exists', () => {
    expect(carry([a, b], accountOf(a))).toEqual([b])
    expect(carry([a, b])).toEqual([a, b])
    expect(carry([a, b], accountOf(a), accountOf(b))).toEqual([])
  })

  test('A part fails when it restarts and other parts close', () => {
    const open = carry([a, b], accountOf(a), attemptOf(b))
    expect(open).toEqual([{ ...b, failures: 1 }])
    expect(carry([a, ...open], accountOf(a), attemptOf(b))).toEqual([
      { ...b, failures: 2, excluded: 'unclosable' },
    ])
  })

  test('A part that waits, or runs without other progress, has not failed', () => {
    const failed = { ...b, failures: 1 }
    expect(carry([a, failed], attemptOf(a), attemptOf(b))).toEqual([a, failed])
    expect(carry([a, failed], accountOf(a))).toEqual([failed])
  })

  test('A part is carried whole while one of its shards is open', () => {
    const sharded = pieceOf(2, { shards: 4 })
    const accounts = closingTasks([sharded]).map(accountOf)
    expect(carry([sharded], ...accounts.slice(1))).toEqual([sharded])
    expect(carry([sharded], ...accounts)).toEqual([])
  })
})

/** Runs what is planned at an hour; a piece that throws ends its run, as a map state does. */
async function runAt(store: MemoryObjects, hour: number): Promise<ClosingPlan> {
  const plan = await loadClosing(store, scene, DAY0_MS + hour * HOUR_MS + 40 * MINUTE_MS)
  let isWhole = true
  for (const task of closingTasks(plan.pieces))
    try {
      await markStarted(store, plan.closedThroughMs, task)
      await closeTask(store, task)
    } catch {
      isWhole = false
    }
  if (isWhole) await commitClosing(store, 'feed', plan.closedThroughMs)
  return plan
}
const accountsOf = (store: MemoryObjects): HourAccount[] =>
  [...store.contents]
    .filter(([key]) => key.includes('/account-'))
    .flatMap(([, { body }]) => JSON.parse(new TextDecoder().decode(body)).hours)
const impressionAt = (hour: number, fields: Partial<EventRow> = {}): EventRow => {
  const timeMs = DAY0_MS + hour * HOUR_MS + MINUTE_MS
  return makeImpression({ timeMs, arrivalMs: timeMs, ...fields })
}

describe('An hour that cannot close', () => {
  test('An unclosable hour is excluded after three runs; later hours continue', async () => {
    const store = memoryObjects()
    const hours = Array.from({ length: 9 }, (_, hour) => impressionAt(hour, { event: `e${hour}` }))
    for (const [n, row] of hours.entries()) land(store, [row], n)
    const [broken] = [...store.contents.keys()].filter(
      (key) => key.includes('clean/') && key.includes('hour=01'),
    )
    await store.delete(broken!)
    const carried: number[] = []
    for (let hour = 2; hour <= 9; hour++) {
      const plan = await runAt(store, hour)
      carried.push(
        plan.pieces.filter((piece) => piece.closedThroughMs < plan.closedThroughMs).length,
      )
    }
    // Planned at 03:40, and twice tried again; the third plan that carries it excludes it.
    expect(carried).toEqual([0, 0, 1, 1, 1, 0, 0, 0])
    expect(accountsOf(store).filter(({ excluded }) => 'unclosable' in excluded)).toEqual([
      expect.objectContaining({
        hourMs: DAY0_MS + HOUR_MS,
        accepted: 1,
        kept: 0,
        excluded: { unclosable: 1 },
      }),
    ])
    expect(accountsOf(store).reduce((sum, { accepted }) => sum + accepted, 0)).toBe(8)
  })

  test('An unclosable hour returns as a late arrival from a copied drop', async () => {
    const store = memoryObjects()
    land(store, [impressionAt(0)], 0)
    const [key] = [...store.contents.keys()].filter((name) => name.includes('clean/'))
    await store.delete(key!)
    for (let hour = 2; hour <= 6; hour++) {
      land(store, [impressionAt(hour - 1)], hour)
      await runAt(store, hour)
    }
    const copy = impressionAt(0, { event: 'again', arrivalMs: DAY0_MS + 6 * HOUR_MS })
    land(store, [copy], 9)
    await runAt(store, 8)
    const files = await store.list(closedHourPrefix('feed', DAY0_MS))
    const kept = await Promise.all(
      files.map(async ({ key: file }) => readParquet<EventRow>(await store.get(file))),
    )
    expect(kept.flat().map(({ event }) => event)).toEqual(['again'])
  })

  test('An unclosable hour leaves exactly the files that its plan names', async () => {
    const store = memoryObjects()
    const cleanKey = cleanEventsKey({
      scene: 'feed',
      hourMs: DAY0_MS,
      arrivalMs: 1,
      drop: 'a'.repeat(32),
      part: 0,
    })
    const hours = [{ ...pieceOf(0).hours[0]!, accepted: 10, cleanKeys: [cleanKey] }]
    const pieces: ClosingBatch[] = [
      pieceOf(0, { hours, shards: 4, excluded: 'unclosable' }),
      pieceOf(4, { hours: pieceOf(4).hours, excluded: 'too_large' }),
    ]
    for (const task of closingTasks(pieces)) await closeTask(store, task)
    const { closed, counters } = futureNames({ pieces } as ClosingPlan)
    const [closedFiles, counterFiles] = ['closed/', 'counters/'].map(
      (prefix) => [...store.contents.keys()].filter((key) => key.startsWith(prefix)).length,
    )
    expect([closed.length, counters.length]).toEqual([closedFiles, counterFiles])
    expect([closedFiles, counterFiles]).toEqual([4, 4])
    // No row was read, and yet every accepted one is accounted for.
    expect(accountsOf(store).map(({ accepted, excluded }) => [accepted, excluded])).toEqual([
      ...[3, 3, 2, 2].map((share) => [share, { unclosable: share }]),
      [9, { too_large: 9 }],
    ])
  })
})
