import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { commitClosing, loadClosing } from '../../functions/closing/chain.ts'
import { closeTask } from '../../functions/closing/close.ts'
import { consumedName, planClosing } from '../../functions/closing/plan.ts'
import type {
  ClosingAccount,
  ClosingBatch,
  ClosingPlan,
  DropManifest,
} from '../../functions/contract/accounts.ts'
import {
  cleanEventsKey,
  closingSuccessorKey,
  dropManifestKey,
  parseClosingPlanKey,
} from '../../functions/contract/keys.ts'
import { EVENT_COLUMNS, type EventRow } from '../../functions/contract/rows.ts'
import { DAY_MS, floorHour, HOUR_MS } from '../../functions/contract/time.ts'
import { canonicalJson } from '../../functions/core/digest.ts'
import { InvalidInput } from '../../functions/core/errors.ts'
import type { ObjectStore } from '../../functions/core/objects.ts'
import { readParquet, writeParquet } from '../../functions/core/parquet.ts'
import { closableThrough } from '../../functions/registry/timetable.ts'
import { DAY0_MS, makeImpression } from '../make/events.ts'
import { type MemoryObjects, memoryObjects } from '../make/memory-objects.ts'
import { makeScene } from '../make/scene.ts'

const scene = makeScene()
const dropId = (n: number): string => n.toString(16).padStart(32, '0')

/** A drop as intake leaves it: a clean file an hour, then the manifest. */
function landDrop(
  store: MemoryObjects,
  n: number,
  arrivalMs: number,
  rows: readonly EventRow[],
): { key: string; manifest: DropManifest } {
  const drop = dropId(n)
  const hours = [...new Set(rows.map(({ timeMs }) => floorHour(timeMs)))].sort((a, b) => a - b)
  const files = hours.map((hourMs) => {
    const inHour = rows.filter(({ timeMs }) => floorHour(timeMs) === hourMs)
    const key = cleanEventsKey({ scene: 'feed', hourMs, arrivalMs, drop, part: 0 })
    store.drop(key, writeParquet(EVENT_COLUMNS, inHour))
    return { key, rows: inHour.length, sha256: '' }
  })
  const manifest: DropManifest = {
    scene: 'feed',
    kind: 'events',
    rawKey: `raw/feed/events/${n}`,
    drop,
    arrivalMs,
    format: 'jsonl',
    bytes: 1,
    read: rows.length,
    accepted: rows.length,
    quarantined: {},
    events: rows.length,
    byHour: {},
    files,
    quarantineFiles: [],
    refused: null,
    codeDigest: 'c',
  }
  const key = dropManifestKey('feed', manifest)
  store.drop(key, canonicalJson(manifest))
  return { key, manifest }
}

async function runClosing(store: MemoryObjects, scheduledMs: number): Promise<ClosingAccount[]> {
  const plan = await loadClosing(store, scene, scheduledMs)
  const accounts: ClosingAccount[] = []
  for (const piece of plan.pieces) accounts.push(await closeTask(store, piece))
  await commitClosing(store, 'feed', plan.closedThroughMs)
  return accounts
}

describe('The chain of closings', () => {
  const land = (arrivalMs: number, timeMs: number, n = 1) =>
    landDrop(memoryObjects(), n, arrivalMs, [makeImpression({ timeMs, arrivalMs })])
  const planAt = (
    scheduledMs: number,
    drops: ReturnType<typeof land>[],
    previous: ClosingPlan | null = null,
    carried: readonly ClosingBatch[] = [],
  ) =>
    planClosing(
      {
        ...{ scene, scheduledMs, previous, carried, drops },
        closedThroughMs: closableThrough(scene, scheduledMs),
      },
      () => ['earlier'],
    )

  test('A closing waits for lateness and keeps later files pending', () => {
    const inHour = land(DAY0_MS + HOUR_MS, DAY0_MS + 10)
    const after = land(DAY0_MS + 2 * HOUR_MS, DAY0_MS + HOUR_MS + 10, 2)
    // Lateness is an hour: at 02:00 the hour from 00:00 can close, the next cannot.
    const plan = planAt(DAY0_MS + 2 * HOUR_MS, [inHour, after])
    expect(plan.closedThroughMs).toBe(DAY0_MS + HOUR_MS)
    expect(
      plan.pieces.flatMap(({ hours }) => hours.map(({ hourMs, lane }) => [hourMs, lane])),
    ).toEqual([[DAY0_MS, 'first']])
    expect(plan.pending.map(({ key }) => key)).toEqual(after.manifest.files.map(({ key }) => key))
    const next = planAt(DAY0_MS + 3 * HOUR_MS, [], plan)
    expect(
      next.pieces.flatMap(({ hours }) => hours.map(({ hourMs, lane }) => [hourMs, lane])),
    ).toEqual([[DAY0_MS + HOUR_MS, 'first']])
    expect(next.pending).toEqual([])
  })

  test('A late arrival goes to the late lane beside the kept events', () => {
    const plan = planAt(DAY0_MS + DAY_MS, [land(DAY0_MS + HOUR_MS, DAY0_MS)])
    const late = planAt(DAY0_MS + 2 * DAY_MS, [land(DAY0_MS + DAY_MS + 1, DAY0_MS + 5, 2)], plan)
    expect(late.pieces[0]!.hours[0]).toMatchObject({
      hourMs: DAY0_MS,
      lane: 'late',
      earlierKeys: ['earlier'],
    })
  })

  test('Unfinished parts are carried, and late files of their hours wait', () => {
    const plan = planAt(DAY0_MS + DAY_MS, [land(DAY0_MS + HOUR_MS, DAY0_MS)])
    const next = planAt(
      DAY0_MS + 2 * DAY_MS,
      [land(DAY0_MS + DAY_MS + 1, DAY0_MS + 5, 2)],
      plan,
      plan.pieces,
    )
    expect(next.pieces).toEqual(plan.pieces)
    expect(next.pending).toHaveLength(1)
  })

  test('Two runs at once share one closing plan', async () => {
    const store = memoryObjects()
    landDrop(store, 1, DAY0_MS + HOUR_MS, [makeImpression({ timeMs: DAY0_MS })])
    const [a, b] = await Promise.all([
      loadClosing(store, scene, DAY0_MS + DAY_MS),
      loadClosing(store, scene, DAY0_MS + DAY_MS),
    ])
    expect(a).toEqual(b)
    landDrop(store, 2, DAY0_MS + HOUR_MS + 1, [makeImpression({ timeMs: DAY0_MS })])
    expect(await loadClosing(store, scene, DAY0_MS + DAY_MS)).toEqual(a)
  })

  test('A late run works from the closing before its own time', async () => {
    const store = memoryObjects()
    landDrop(store, 1, DAY0_MS + 70 * 60_000, [makeImpression({ timeMs: DAY0_MS + 1000 })])
    const at = (hours: number): number => DAY0_MS + hours * HOUR_MS + 5 * 60_000
    const first = await loadClosing(store, scene, at(2))
    await loadClosing(store, scene, at(4))
    const stood = [...store.contents.keys()]
    expect(await loadClosing(store, scene, at(3))).toEqual(first)
    await expect(loadClosing(store, scene, at(1))).rejects.toThrow(
      /no closing exists for a run at .*, and a later run has closed .*: start the tier again/,
    )
    expect([...store.contents.keys()]).toEqual(stood)
  })

  test('A closing continues after a run that died before its plan', async () => {
    const store = memoryObjects()
    const at = (hours: number): number => DAY0_MS + hours * HOUR_MS + 5 * 60_000
    landDrop(store, 1, DAY0_MS + 70 * 60_000, [makeImpression({ timeMs: DAY0_MS + 1000 })])
    const place = { closedThroughMs: closableThrough(scene, at(3)), scheduledMs: at(3) }
    store.drop(closingSuccessorKey('feed', 0), canonicalJson(place))
    const next = await loadClosing(store, scene, at(5))
    expect(next.previousClosedThroughMs).toBe(place.closedThroughMs)
    const dead = await loadClosing(store, scene, at(3))
    const hoursOf = ({ pieces }: ClosingPlan) => pieces.flatMap(({ hours }) => hours)
    expect(hoursOf(dead).map(({ hourMs }) => hourMs)).toEqual([DAY0_MS])
    // Not sealed, so its pieces are carried; nothing else is closed.
    expect(next.pieces).toEqual(dead.pieces)
  })

  test('Interleaved runs keep one chain and consume each drop once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.integer({ min: 2, max: 9 }), { minLength: 2, maxLength: 4 }),
        fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 6 }),
        async (scheduler, runs, arrivals) => {
          const store = memoryObjects()
          const names = arrivals.map((hour, n) => {
            const arrivalMs = DAY0_MS + hour * HOUR_MS + n
            return landDrop(store, n, arrivalMs, [makeImpression({ timeMs: arrivalMs })]).key
          })
          // Every call of the store may be overtaken by any other.
          const slow = <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
            scheduler.scheduleFunction(call) as (...args: A) => Promise<R>
          const shared: ObjectStore = {
            ...store,
            get: slow(store.get),
            find: slow(store.find),
            list: slow(store.list),
            putIfAbsent: slow(store.putIfAbsent),
          }
          const outcomes = runs.map((hour) =>
            loadClosing(shared, scene, DAY0_MS + hour * HOUR_MS + 40 * 60_000).catch((error) => {
              expect(error).toBeInstanceOf(InvalidInput)
            }),
          )
          await scheduler.waitFor(Promise.all(outcomes))

          const plans = [...store.contents]
            .filter(([key]) => parseClosingPlanKey(key) !== null)
            .map(([, { body }]): ClosingPlan => JSON.parse(new TextDecoder().decode(body)))
            .sort((a, b) => a.closedThroughMs - b.closedThroughMs)
          expect(plans.map((plan) => plan.previousClosedThroughMs)).toEqual([
            null,
            ...plans.slice(0, -1).map((plan) => plan.closedThroughMs),
          ])
          const consumed = new Set(plans.at(-1)!.consumedDrops)
          const seen = names.filter((name) => consumed.has(consumedName(name)))
          expect(plans.reduce((sum, { drops }) => sum + drops.accepted, 0)).toBe(seen.length)
        },
      ),
      { numRuns: 150 },
    )
  })

  test('Forty days of late drops close every accepted event exactly once', async () => {
    const drop = fc.record({
      arrivalMs: fc.integer({ min: 0, max: 36 * 24 }).map((hour) => DAY0_MS + hour * HOUR_MS + 7),
      ages: fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 4 }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(drop, { minLength: 1, maxLength: 25 }),
        fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 5 }),
        async (drops, unsealed) => {
          const store = memoryObjects()
          const all: string[] = []
          const accounts = new Map<string, ClosingAccount>()
          for (let day = 0; day <= 40; day++) {
            const nowMs = DAY0_MS + day * DAY_MS + 2.5 * HOUR_MS
            drops.forEach(({ arrivalMs, ages }, n) => {
              if (arrivalMs > nowMs || arrivalMs <= nowMs - DAY_MS) return
              const rows = ages.map((age, i) =>
                makeImpression({
                  event: `${n}-${i}`,
                  timeMs: arrivalMs - age * HOUR_MS,
                  arrivalMs,
                  drop: dropId(n),
                }),
              )
              all.push(...rows.map(({ event }) => event))
              landDrop(store, n, arrivalMs, rows)
            })
            const plan = await loadClosing(store, scene, nowMs)
            // A closing that never ended: its pieces are the next one's to run.
            if (unsealed.includes(day) && day < 40) continue
            for (const piece of plan.pieces) {
              const account = await closeTask(store, piece)
              accounts.set(`${account.closedThroughMs}/${account.piece}`, account)
            }
            await commitClosing(store, 'feed', plan.closedThroughMs)
          }
          const kept: string[] = []
          for (const [key, { body }] of store.contents)
            if (key.startsWith('closed/'))
              kept.push(...(await readParquet<EventRow>(body)).map(({ event }) => event))
          expect(kept.sort()).toEqual(all.sort())
          const accepted = [...accounts.values()]
            .flatMap(({ hours }) => hours)
            .reduce((sum, hour) => sum + hour.accepted, 0)
          expect(accepted).toBe(all.length)
        },
      ),
      { numRuns: 25 },
    )
  }, 60_000)

  test('Events that a later drop repeats are kept once', async () => {
    const store = memoryObjects()
    const row = makeImpression({ event: 'once', timeMs: DAY0_MS + 1, arrivalMs: DAY0_MS + HOUR_MS })
    landDrop(store, 1, DAY0_MS + HOUR_MS, [row])
    await runClosing(store, DAY0_MS + DAY_MS)
    landDrop(store, 2, DAY0_MS + 30 * HOUR_MS, [{ ...row, arrivalMs: DAY0_MS + 30 * HOUR_MS }])
    const [account] = await runClosing(store, DAY0_MS + 2 * DAY_MS)
    expect(account!.hours).toMatchObject([{ lane: 'late', accepted: 1, kept: 0, duplicates: 1 }])
  })
})
