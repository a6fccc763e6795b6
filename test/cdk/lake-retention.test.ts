import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readScene } from '../../cdk/config.ts'
import { CHAIN_DAYS, neededLakeDays } from '../../cdk/lake-reach.ts'
import { loadClosing } from '../../functions/closing/chain.ts'
import { REDRIVE_DAYS } from '../../functions/closing/plan.ts'
import * as keys from '../../functions/contract/keys.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import type { Tier } from '../../functions/contract/training.ts'
import { planSamples } from '../../functions/samples/plan-samples.ts'
import { decideRun } from '../../functions/train/plan.ts'
import { type MemoryObjects, memoryObjects } from '../make/memory-objects.ts'

const SCENES = ['feed', 'movielens'].map((name) =>
  readScene(join(import.meta.dirname, '..', '..', 'cdk', 'scenes', `${name}.json`)),
)
type Scene = (typeof SCENES)[number]
const NOW_MS = Date.UTC(2026, 5, 1, 3, 30)
const DROP = 'd'.repeat(32)
const STEP_HOURS = 6

/** Of what lies in the lake, the earliest that it can have been written; null: it never goes. */
function writtenMs(key: string): number | null {
  const closed = keys.parseClosedKey(key)
  const counters = keys.parseCountersKey(key)
  const events = keys.parseCleanEventsKey(key)
  return closed?.closedThroughMs ?? counters?.closedThroughMs ?? events?.hourMs ?? null
}

/** Two years in which an hour in six has events, closed at once; statements; and a drop that is as late as may be. */
async function openLake(scene: Scene): Promise<MemoryObjects> {
  const lake = memoryObjects('lake')
  const of = scene.scene
  const put = (key: string, body = '') => lake.put(key, body)
  const fromMs = NOW_MS - 730 * DAY_MS
  for (let hourMs = Math.floor(fromMs / DAY_MS) * DAY_MS; hourMs < NOW_MS - 2 * HOUR_MS; ) {
    const closedThroughMs = hourMs + HOUR_MS
    await put(keys.closedKey({ scene: of, hourMs, closedThroughMs, accepted: 9 }))
    await put(keys.countersKey({ scene: of, closedThroughMs, piece: 0 }))
    await put(
      keys.cleanEntitiesKey({ scene: of, kind: 'items', arrivalMs: hourMs, drop: DROP, part: 0 }),
    )
    hourMs += STEP_HOURS * HOUR_MS
  }
  const previous = {
    ...{ scene: of, previousClosedThroughMs: null, pieces: [], pending: [], consumedDrops: [] },
    closedThroughMs: Math.floor(NOW_MS / DAY_MS) * DAY_MS - DAY_MS,
    drops: { read: 0, accepted: 0, quarantined: {}, refused: {} },
  }
  await put(keys.closingPlanKey(of, previous.closedThroughMs), JSON.stringify(previous))
  const arrivalMs = NOW_MS - (REDRIVE_DAYS - 1) * DAY_MS
  const eventMs = arrivalMs - (scene.maxEventAgeDays - 1) * DAY_MS
  const hourMs = Math.floor(eventMs / DAY_MS) * DAY_MS
  const name = { scene: of, arrivalMs, drop: DROP }
  const file = keys.cleanEventsKey({ ...name, hourMs, part: 0 })
  const manifest = {
    ...{ scene: of, kind: 'events', rawKey: 'raw', drop: DROP, arrivalMs, format: 'jsonl' },
    ...{ bytes: 1, read: 1, accepted: 1, quarantined: {}, events: 1, byHour: {} },
    ...{ quarantineFiles: [], refused: null, codeDigest: 'c' },
    files: [{ key: file, rows: 1, sha256: 's' }],
  }
  await put(keys.dropManifestKey(of, name), JSON.stringify(manifest))
  return lake
}

/** The lake once everything that goes has gone that was written so many days ago. */
async function keptFor(days: number, whole: MemoryObjects): Promise<MemoryObjects> {
  const lake = memoryObjects('lake')
  for (const [key, { body }] of whole.contents) {
    const atMs = writtenMs(key)
    if (atMs === null || atMs >= NOW_MS - days * DAY_MS) await lake.put(key, body)
  }
  return lake
}

/** Everything that the next closing, a daily and a full would read, as their plans name it. */
async function plansOn(scene: Scene, lake: MemoryObjects): Promise<unknown> {
  const closing = await loadClosing(lake, scene, NOW_MS)
  const closedThroughMs = closing.closedThroughMs
  const daysEndMs = Math.floor(NOW_MS / DAY_MS) * DAY_MS
  const samples = (tier: Tier, dataFromMs: number, dataThroughMs: number) =>
    planSamples(lake, scene, {
      ...{
        tier,
        dataFromMs,
        dataThroughMs,
        closing,
        exclusions: [],
        verdicts: null,
        codeDigest: 'c',
      },
      lateSinceMs: tier === 'daily' ? closing.previousClosedThroughMs : null,
    })
  const full = decideRun(scene, 'full', closedThroughMs, [])
  return {
    closing,
    full: await samples('full', full.dataFromMs, full.dataThroughMs),
    daily: await samples('daily', daysEndMs - 3 * DAY_MS, full.dataThroughMs),
  }
}

describe('Lake retention', () => {
  test.each(SCENES)(
    'The needed retention of $scene keeps every object that plans name',
    async (scene) => {
      const whole = await openLake(scene)
      const plans = await plansOn(scene, whole)
      const isEnough = async (days: number): Promise<boolean> => {
        const kept = await plansOn(scene, await keptFor(days, whole))
        return JSON.stringify(kept) === JSON.stringify(plans)
      }
      const days = neededLakeDays(scene) - CHAIN_DAYS
      expect(await isEnough(days)).toBe(true)
      // And not by a wide margin: a few days fewer, and a set would be made of less.
      expect(await isEnough(days - 5)).toBe(false)
    },
  )
})
