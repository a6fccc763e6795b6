import { describe, expect, test } from 'vitest'
import { commitClosing, loadClosing } from '../../functions/closing/chain.ts'
import { closeTask } from '../../functions/closing/close.ts'
import type { SampleTask } from '../../functions/contract/accounts.ts'
import {
  cleanEntitiesKey,
  countersPrefix,
  dropManifestPrefix,
  openDropName,
  parseDropManifestKey,
} from '../../functions/contract/keys.ts'
import { ENTITY_COLUMNS } from '../../functions/contract/rows.ts'
import { HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import { createCounterCache } from '../../functions/samples/counter-cache.ts'
import { makeSamples } from '../../functions/samples/make.ts'
import { planSamples } from '../../functions/samples/plan-samples.ts'
import { recipeOf } from '../../functions/samples/recipe.ts'
import { DAY0_MS, makeImpression } from '../make/events.ts'
import { land } from '../make/landing.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { makeScene } from '../make/scene.ts'

const WINDOW_HOURS = 3
const HOURS = 16
const items = { scene: 'feed', kind: 'items', arrivalMs: DAY0_MS - 1, part: 0 } as const
const ITEMS_KEY = cleanEntitiesKey({ ...items, drop: 'f'.repeat(32) })

/**
 * A chain of hourly runs; of each the SHA-256 of its samples by three ways of knowing the counts. The
 * run after a missed one takes the data of both.
 */
async function runHourlies(latenessMinutes: number, isMissed: (hour: number) => boolean) {
  const shown = { kind: 'count', event: 'impression', windowHours: WINDOW_HOURS } as const
  const scene = makeScene({
    latenessMinutes,
    features: [{ ...shown, name: 'item_shown', entity: 'item' }],
    sampling: { negativeRate: 1, seed: 1, eventsPerShard: 100_000 },
  })
  const store = memoryObjects()
  store.drop(ITEMS_KEY, writeParquet(ENTITY_COLUMNS, []))
  const warm = createCounterCache(store)
  // The latest instant at which a closing still closes through the hour, and what it then looks at.
  const runMs = (hour: number): number =>
    DAY0_MS + (hour + 2) * HOUR_MS + Math.max(latenessMinutes, 35) * MINUTE_MS - 1
  const made = []
  const planned: SampleTask[] = []
  let fromMs = DAY0_MS
  for (let hour = 0; hour < HOURS; hour++) {
    const startMs = DAY0_MS + hour * HOUR_MS
    land(
      store,
      [
        makeImpression({ timeMs: startMs + MINUTE_MS }),
        makeImpression({
          timeMs: startMs + 58 * MINUTE_MS,
          arrivalMs: runMs(hour) - 35 * MINUTE_MS,
        }),
      ],
      hour,
    )
    if (isMissed(hour)) continue
    const closing = await loadClosing(store, scene, runMs(hour))
    for (const piece of closing.pieces) await closeTask(store, piece)
    await commitClosing(store, 'feed', closing.closedThroughMs)
    const { tasks } = await planSamples(store, scene, {
      ...{ tier: 'hourly', dataFromMs: fromMs, dataThroughMs: startMs + HOUR_MS },
      ...{ lateSinceMs: null, closing, exclusions: [], verdicts: null, codeDigest: 'c' },
    })
    fromMs = startMs + HOUR_MS
    for (const task of tasks) {
      const everything = (await store.list(countersPrefix('feed'))).map(({ key }) => key)
      const landed = await store.list(dropManifestPrefix('feed'))
      const recipe = recipeOf(scene)
      const all = {
        ...task,
        counterKeys: everything,
        drops: landed.map(({ key }) => openDropName(parseDropManifestKey(key)!)),
      }
      planned.push(task)
      made.push({
        closings: task.counterKeys.length,
        drops: task.drops.length,
        warm: (await makeSamples(store, recipe, task, warm)).file.sha256,
        cold: (await makeSamples(store, recipe, task)).file.sha256,
        whole: (await makeSamples(store, recipe, all)).file.sha256,
      })
    }
  }
  const recipe = recipeOf(scene)
  const [before, slow, quick] = planned.slice(-3)
  const shelf = createCounterCache(store)
  await makeSamples(store, recipe, before!, shelf)
  let release = (): void => {}
  const isReleased = new Promise<void>((resolve) => {
    release = resolve
  })
  const get: typeof store.get = async (key) => {
    if (key === ITEMS_KEY) await isReleased
    return store.get(key)
  }
  const waiting = makeSamples({ ...store, get }, recipe, slow!, shelf)
  // Time for the one that waits to get as far as it can.
  for (const piece of planned) await makeSamples(store, recipe, piece)
  await makeSamples(store, recipe, quick!, shelf)
  release()
  return { made, overtaken: (await waiting).file.sha256 }
}

describe('Late arrivals in counts', () => {
  test.each([0, 60, 600])(
    'Warm, cold and full counts agree on late arrivals (lateness %i minutes)',
    async (latenessMinutes) => {
      const { made, overtaken } = await runHourlies(latenessMinutes, () => false)
      expect(made).toHaveLength(HOURS)
      for (const { warm, cold, whole } of made) expect([warm, cold]).toEqual([whole, whole])
      // And by a piece that another one of its process overtakes, as on one machine.
      expect(overtaken).toBe(made.at(-2)!.whole)
      // A set reads no more closings than its window has hours, and those of its own hour.
      expect(Math.max(...made.map(({ closings }) => closings))).toBeLessThanOrEqual(
        WINDOW_HOURS + 2,
      )
      // And only the drops that were not folded when it began.
      const waitedHours = Math.ceil(Math.max(latenessMinutes, 35) / 60)
      expect(Math.max(...made.map(({ drops }) => drops))).toBeLessThanOrEqual(waitedHours + 4)
    },
  )

  test.each([0, 60, 600])(
    'Counts agree after missed closing runs (lateness %i minutes)',
    async (latenessMinutes) => {
      const { made } = await runHourlies(latenessMinutes, (hour) => hour % 4 === 1)
      expect(made).toHaveLength(HOURS)
      for (const { warm, cold, whole } of made) expect([warm, cold]).toEqual([whole, whole])
    },
  )
})
