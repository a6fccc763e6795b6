import { expect, test } from 'vitest'
import { loadClosing } from '../../functions/closing/chain.ts'
import { closeTask } from '../../functions/closing/close.ts'
import { closingTasks } from '../../functions/closing/cut.ts'
import type { ClosingPlan } from '../../functions/contract/accounts.ts'
import { parseClosedKey } from '../../functions/contract/keys.ts'
import type { SampleRow } from '../../functions/contract/rows.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { readParquet } from '../../functions/core/parquet.ts'
import { shardsMeet } from '../../functions/math/hash.ts'
import { commitSampleSet } from '../../functions/samples/commit-set.ts'
import { makeSamples } from '../../functions/samples/make.ts'
import { planSampleSets } from '../../functions/samples/plan.ts'
import { planSamples } from '../../functions/samples/plan-samples.ts'
import { recipeOf } from '../../functions/samples/recipe.ts'
import { DAY0_MS } from '../make/events.ts'
import { land, makeLog } from '../make/landing.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { makeScene } from '../make/scene.ts'

const sceneOf = (eventsPerShard: number) =>
  makeScene({ sampling: { negativeRate: 1, seed: 1, eventsPerShard } })
const request = {
  ...{ tier: 'full' as const, dataFromMs: DAY0_MS, dataThroughMs: DAY0_MS + DAY_MS },
  ...{ lateSinceMs: null, exclusions: [], verdicts: null, codeDigest: 'c' },
}

/** The plan as it would be with hours that are too large for one function: each is cut into shards. */
function cutInto(shards: number, plan: ClosingPlan): ClosingPlan {
  const hours = plan.pieces.flatMap((piece) => piece.hours)
  const pieces = hours.map((hour, n) => ({
    ...plan.pieces[0]!,
    ...{ piece: n * shards, hours: [hour], shards },
  }))
  return shards > 1 ? { ...plan, pieces } : plan
}

/** The samples of one day whose hours are closed in so many shards, and what each of their tasks read. */
async function makeDay(shards: number, eventsPerShard: number) {
  const scene = sceneOf(eventsPerShard)
  const store = memoryObjects()
  land(
    store,
    makeLog(7, 1).map((row) => ({ ...row, arrivalMs: row.timeMs + 60_000 })),
    1,
  )
  const plan = await loadClosing(store, scene, DAY0_MS + DAY_MS + 3 * HOUR_MS)
  const closing = cutInto(shards, plan)
  const { sets, tasks } = await planSamples(store, scene, { ...request, closing })
  for (const task of closingTasks(closing.pieces)) await closeTask(store, task)
  const reads: string[][] = []
  for (const task of tasks) {
    const read: string[] = []
    const get: typeof store.get = (key) => {
      read.push(key)
      return store.get(key)
    }
    await makeSamples({ ...store, get }, recipeOf(scene), task)
    reads.push(read)
  }
  const { files, account } = await commitSampleSet(store, 'feed', sets[0]!)
  const rows = await Promise.all(
    files.map(async ({ key }) => readParquet<SampleRow>(await store.get(key))),
  )
  const samples = rows.flat().sort((a, b) => (a.sample < b.sample ? -1 : 1))
  return { tasks, reads, samples, account }
}

test('Samples are the same for hours closed whole or in shards', async () => {
  const whole = await makeDay(1, 100_000)
  expect(whole.samples.length).toBeGreaterThan(500)
  for (const [shards, eventsPerShard] of [
    [4, 100_000],
    [4, 113],
    [2, 250],
  ] as const) {
    const { samples, account } = await makeDay(shards, eventsPerShard)
    expect(samples).toEqual(whole.samples)
    expect(account).toEqual(whole.account)
  }
})

test('A shard of samples reads only closed files with its users', async () => {
  const { tasks, reads } = await makeDay(4, 113)
  expect(tasks.length).toBe(8)
  for (const [i, task] of tasks.entries()) {
    const names = reads[i]!.flatMap((key) => parseClosedKey(key) ?? [])
    // Eight shards of samples over four of each hour: one file an hour.
    const { impressionKeys, outcomeKeys, contextKeys } = task
    expect(4 * names.length).toBe([...impressionKeys, ...outcomeKeys, ...contextKeys].length)
    for (const { shard, shards } of names)
      expect(shardsMeet({ shard: shard!, shards: shards! }, task)).toBe(true)
  }
})

test('A day above 32 million events has more than 64 shards', () => {
  const shardsOf = (millions: number): number => {
    const closed = Array.from({ length: 24 }, (_, hour) => ({
      ...{ scene: 'feed', hourMs: DAY0_MS + hour * HOUR_MS, closedThroughMs: DAY0_MS + DAY_MS },
      accepted: Math.floor((millions * 1e6) / 24),
    }))
    const known = {
      closedThroughMs: DAY0_MS + DAY_MS,
      closed,
      counters: [],
      drops: [],
      entities: [],
    }
    const [set] = planSampleSets({ scene: sceneOf(200_000), ...request, ...known })
    return set!.set.shards
  }
  expect([1, 12, 13, 32, 33, 120, 240].map(shardsOf)).toEqual([5, 60, 64, 64, 128, 256, 512])
})
