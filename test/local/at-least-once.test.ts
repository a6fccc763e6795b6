import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cloud } from '../../cdk/local/cloud.ts'
import type { Drop } from '../../cdk/local/world/world.ts'
import { isoSeconds } from '../../functions/contract/time.ts'
import { digestsOf, openWorkshop, SMALL_WORLD, type Workshop, worldDrops } from './run-world.ts'

const TWO_DAYS = { ...SMALL_WORLD, days: 2 }
let workshop: Workshop
let calm: Cloud
beforeAll(async () => {
  workshop = await openWorkshop()
  calm = await workshop.start()
  await workshop.replay(calm, worldDrops(TWO_DAYS))
}, 120_000)
afterAll(() => workshop?.end())

/** The EventBridge events that S3 sent of every object in the raw bucket, as intake's queue holds them. */
async function eventsOf(cloud: Cloud): Promise<object[]> {
  const objects = await cloud.raw.list('raw/')
  return Promise.all(
    objects.map(async ({ key, bytes }) => {
      const head = (await cloud.raw.head(key))!
      return {
        time: isoSeconds(head.modifiedMs),
        detail: {
          bucket: { name: cloud.raw.bucket },
          object: {
            key,
            size: bytes,
            etag: head.etag.replaceAll('"', ''),
            'version-id': head.versionId,
          },
        },
      }
    }),
  )
}

const redeliver = (cloud: Cloud, events: readonly object[]): Promise<unknown> =>
  cloud.functions.invoke(
    cloud.declarations.functions.find(({ stage }) => stage === 'intake')!.name,
    { Records: events.map((event, i) => ({ messageId: String(i), body: JSON.stringify(event) })) },
  )

function* interrupted(cloud: Cloud, drops: Iterable<Drop>): Generator<Drop> {
  let n = 0
  for (const drop of drops) {
    n++
    // Killed before its first request, between two files, and before its manifest.
    if (n % 7 === 0) cloud.functions.killDuring('intake', { afterRequests: n % 3 })
    if (n % 25 === 0) cloud.functions.killDuring('close', { afterRequests: 4 })
    if (n % 20 === 0) cloud.functions.killDuring('samples', { afterRequests: 3 })
    if (n % 30 === 0) cloud.functions.killDuring('start', { afterRequests: 6 })
    if (n % 40 === 0) cloud.functions.killDuring('release', { afterRequests: 3 })
    yield drop
  }
}

describe('a drop delivered three times, out of order, with functions killed in the middle', () => {
  test('leaves identical bytes after closing, and the same models', async () => {
    const rough = await workshop.start()
    await workshop.replay(rough, interrupted(rough, worldDrops(TWO_DAYS)))
    const failures = Object.values(rough.usage.stages()).reduce(
      (sum, stage) => sum + stage.failures,
      0,
    )
    expect(failures).toBeGreaterThan(5)

    const events = await eventsOf(rough)
    await redeliver(rough, [...events].reverse())
    await redeliver(rough, events)
    await rough.clock.drain()

    expect(rough.deadLetters()).toBe(0)
    for (const prefix of ['clean/', 'closed/', 'counters/', 'samples/', 'manifests/feed/drops/'])
      expect(await digestsOf(rough.lake, prefix)).toEqual(await digestsOf(calm.lake, prefix))
    expect(await digestsOf(rough.models, 'models/')).toEqual(
      await digestsOf(calm.models, 'models/'),
    )
  }, 120_000)

  test('a schedule that fires twice starts one run and one training job', async () => {
    const cloud = await workshop.start()
    for (const { name } of cloud.declarations.schedules) cloud.schedules.fireTwice(name)
    await workshop.replay(cloud, worldDrops(TWO_DAYS))
    const names = cloud.jobs().map(({ request }) => request.TrainingJobName)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toEqual(calm.jobs().map(({ request }) => request.TrainingJobName))
  }, 120_000)
})
