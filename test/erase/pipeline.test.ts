import { beforeAll, describe, expect, test } from 'vitest'
import { WORLD_DEFAULTS } from '../../cdk/cli/world/options.ts'
import { createWorld } from '../../cdk/cli/world/world.ts'
import { checkExactlyOnce } from '../../functions/audit/check.ts'
import { cleanEventsPrefix, closedPrefix } from '../../functions/contract/keys.ts'
import type { EventRow } from '../../functions/contract/rows.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import { DAY_MS, HOUR_MS, isoSeconds } from '../../functions/contract/time.ts'
import { readParquet } from '../../functions/core/parquet.ts'
import { eraseInScenes } from '../../functions/erase/erase-scenes.ts'
import { createPseudonyms } from '../../functions/intake/identity.ts'
import { IDENTITY_KEY, openPipeline, type Pipeline } from '../make/pipeline.ts'
import { makeScene } from '../make/scene.ts'

const WORLD = {
  ...WORLD_DEFAULTS,
  ...{ days: 3, users: 300, items: 60, newItemsPerDay: 0, sessionsPerUserAndDay: 2 },
  ...{ dirt: 0, cheats: 0 },
}
const hourOn = (day: number, hour: number): number => WORLD.startMs + day * DAY_MS + hour * HOUR_MS
const ERASED = hourOn(2, 5)
function smallScene(): Scene {
  const scene = makeScene({ canary: undefined })
  const { hourly: _, ...tiers } = scene.tiers
  return { ...scene, model: { ...scene.model, hashBits: 14 }, tiers }
}

/** The events of a user under a prefix, and those of all others. */
async function eventsOf({ lake }: Pipeline, prefix: string, user: string) {
  const own: EventRow[] = []
  let others = 0
  for (const { key } of await lake.list(prefix)) {
    if (!key.endsWith('.parquet')) continue
    for (const row of await readParquet<EventRow>(await lake.get(key)))
      if (row.user === user) own.push(row)
      else others++
  }
  return { own, others }
}
/** The raw id whose hash most clean events have. */
async function busiest(pipeline: Pipeline, raws: Iterable<string>): Promise<[string, string]> {
  const counts = new Map<string, number>()
  for (const { key } of await pipeline.lake.list(cleanEventsPrefix('feed')))
    for (const { user } of await readParquet<EventRow>(await pipeline.lake.get(key), ['user']))
      counts.set(user, (counts.get(user) ?? 0) + 1)
  const [user] = [...counts].sort(([, a], [, b]) => b - a)[0]!
  const hash = createPseudonyms(IDENTITY_KEY, 'feed')
  return [[...raws].find((raw) => hash('user', raw) === user)!, user]
}

describe('Erasing a person of a running system', () => {
  let pipeline: Pipeline
  let [raw, user] = ['', '']
  const proof = async () => {
    const newest = (await pipeline.registry.versions()).findLast((one) => one.status === 'accepted')
    const { lake, models, registry } = pipeline
    return checkExactlyOnce({ lake, models, registry }, 'feed', newest!.version)
  }
  beforeAll(async () => {
    pipeline = openPipeline(smallScene())
    await pipeline.play(createWorld(WORLD).drops(), WORLD.startMs, ERASED)
    const raws = Array.from({ length: WORLD.users }, (_, n) => `u${String(n).padStart(6, '0')}`)
    ;[raw, user] = await busiest(pipeline, raws)
  })

  test('A raw id is enough to erase a person everywhere', async () => {
    expect((await proof()).violations).toEqual([])
    const before = await eventsOf(pipeline, closedPrefix('feed'), user)
    expect(before.own.length).toBeGreaterThan(10)
    const answer = await eraseInScenes(
      pipeline.stores,
      ['feed'],
      {
        ...{ user: raw, reason: 'asked', requestedTime: isoSeconds(ERASED) },
        ...{ objects: 1e9, megabytes: 1e9 },
      },
      IDENTITY_KEY,
      { rawDays: 14, quarantineDays: 7 },
    )
    expect(answer.scenes[0]!.leftovers.first).toEqual([])
    expect(answer).toMatchObject({
      isDone: true,
      scenes: [{ status: 'erased', leftovers: { count: 0 }, rawUntilMs: ERASED + 14 * DAY_MS }],
    })
    const { removed } = answer.scenes[0]!
    expect(removed['closed']!.rows).toBe(before.own.length)
    for (const name of ['clean events', 'counters', 'samples', 'online', 'lineage'])
      expect(removed[name]!.rows, name).toBeGreaterThan(0)
    const after = await eventsOf(pipeline, closedPrefix('feed'), user)
    expect(after).toEqual({ own: [], others: before.others })
    for (const rows of Object.values(pipeline.tables))
      expect([...rows.keys()].filter((key) => key.includes(user))).toEqual([])
  })

  test('The chain still counts every sample exactly once', async () => {
    expect((await proof()).violations).toEqual([])
    expect((await pipeline.registry.erasedVersions()).length).toBeGreaterThan(0)
  })

  test('Later runs learn only from what arrived after the erasure', async () => {
    const versions = (await pipeline.registry.versions()).length
    const drops = [...createWorld(WORLD).drops()].filter(({ arrivalMs }) => arrivalMs > ERASED)
    await pipeline.play(drops, ERASED, hourOn(3, 5))
    expect((await pipeline.registry.versions()).length).toBeGreaterThan(versions)
    for (const prefix of [cleanEventsPrefix('feed'), closedPrefix('feed')])
      for (const { arrivalMs } of (await eventsOf(pipeline, prefix, user)).own)
        expect(arrivalMs).toBeGreaterThan(ERASED)
    expect((await proof()).violations).toEqual([])
  })
})
