import { describe, expect, test } from 'vitest'
import { anticheatSchema } from '../../functions/contract/anticheat.ts'
import { vectorPk } from '../../functions/contract/embedding-rows.ts'
import { embeddingsSchema } from '../../functions/contract/embeddings.ts'
import { closedKey, spaceUsersKey } from '../../functions/contract/keys.ts'
import { EVENT_COLUMNS } from '../../functions/contract/rows.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import { decodeSpace } from '../../functions/core/space.ts'
import { buildGraph } from '../../functions/embeddings/graph/build-graph.ts'
import { readEvents } from '../../functions/embeddings/graph/read-events.ts'
import { nameGeneration } from '../../functions/registry/generations.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { forget } from '../../functions/release/forget.ts'
import { DAY0_MS, makeOutcome } from '../make/events.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeScene } from '../make/scene.ts'
import { makeTable, putGeneration, spaceBytes } from '../make/space.ts'
import { putSnapshot } from '../make/verdicts.ts'

const [USER, OTHER] = ['ab'.repeat(16), 'cd'.repeat(16)] as const
const SAID = DAY0_MS + 5 * DAY_MS
const THROUGH = SAID + DAY_MS
const GENERATION = nameGeneration('space', 1000)
const embeddings = embeddingsSchema.parse({})
const scene = makeScene({ embeddings, anticheat: anticheatSchema.parse({ holdback: 0 }) })
const request = { user: USER, reason: 'asked to be forgotten', timeMs: SAID }

/** A space with two users, who click before the request. After it the other clicks, and who comes back. */
async function openWorld(comesBack = false) {
  const lake = memoryObjects('lake')
  const models = memoryObjects('models')
  const online = memoryTable('online')
  const registry = openRegistry(memoryTable('registry'), 'feed')
  await putGeneration({ models, online }, GENERATION, 1000)
  const key = spaceUsersKey('feed', GENERATION)
  await models.put(key, spaceBytes('users', GENERATION, makeTable([USER, OTHER], 1, false)))
  await online.put(vectorPk('feed', GENERATION, 'user', USER), 'VECTOR', { isThere: true })
  await putSnapshot(
    lake,
    {
      ...{ scene: 'feed', madeMs: SAID - DAY_MS, previousMs: null, screenedFromMs: DAY0_MS },
      ...{ screenedThroughMs: SAID - DAY_MS, detectorsDigest: 'd', inputsDigest: 'i' },
    },
    [],
  )
  for (const hourMs of [SAID - HOUR_MS, SAID + HOUR_MS]) {
    const users = hourMs < SAID || comesBack ? [USER, OTHER] : [OTHER]
    const rows = users.map((user) =>
      makeOutcome({ user, item: `i${hourMs}`, timeMs: hourMs, event: `${user} ${hourMs}` }),
    )
    const about = { scene: 'feed', hourMs, closedThroughMs: THROUGH, accepted: rows.length }
    await lake.put(closedKey(about), writeParquet(EVENT_COLUMNS, rows))
  }
  const read = () => {
    const window = { fromMs: DAY0_MS, throughMs: THROUGH, nowMs: THROUGH }
    return readEvents(lake, scene, window)
  }
  const nodes = async () => {
    const { interactions } = await read()
    return buildGraph({ interactions, items: [], documents: [] }, embeddings.graph, 1).ids
  }
  const usersOf = async () => decodeSpace(await models.get(key), key).table.ids
  return { lake, models, online, registry, read, nodes, usersOf }
}

describe('forgetting a user', () => {
  test('A forgotten user leaves the space and the next graph', async () => {
    const world = await openWorld()
    expect(await world.nodes()).toContain(USER)
    expect(await forget(world, scene, request)).toEqual({
      ...{ user: USER, rows: 1, vectors: 1, untilMs: SAID + 366 * DAY_MS },
    })
    expect(await world.usersOf()).toEqual([OTHER])
    expect(await world.online.get(vectorPk('feed', GENERATION, 'user', USER), 'VECTOR')).toBeNull()
    expect(await world.nodes()).toContain(OTHER)
    expect(await world.nodes()).not.toContain(USER)
  })

  test('A person who comes back is known by new events alone', async () => {
    const world = await openWorld(true)
    await forget(world, scene, request)
    const { users, items, offsets, targets } = (await world.read()).interactions
    const user = users.indexOf(USER)
    const own = targets.subarray(offsets[user], offsets[user + 1])
    expect(Array.from(own, (item) => items[item])).toEqual([`i${SAID + HOUR_MS}`])
  })

  test('A repeat with the same time changes nothing', async () => {
    const world = await openWorld()
    await forget(world, scene, request)
    const lake = [...world.lake.contents.keys()]
    expect(await forget(world, scene, request)).toMatchObject({ rows: 0, vectors: 0 })
    expect([...world.lake.contents.keys()]).toEqual(lake)
    expect(await world.registry.statements()).toHaveLength(1)
    expect((await world.registry.decisions()).map(({ kind, reason }) => [kind, reason])).toEqual([
      ['flag', 'asked to be forgotten'],
    ])
  })

  test('A raw id is refused before anything changes', async () => {
    const world = await openWorld()
    await expect(forget(world, scene, { ...request, user: 'jane@example.org' })).rejects.toThrow(
      /^user: got "jane@example.org", expected the hash of a user, 32 hex digits/,
    )
    await expect(forget(world, { ...scene, embeddings: undefined }, request)).rejects.toThrow(
      'scene feed has no space: nothing was changed',
    )
    expect(await world.usersOf()).toEqual([USER, OTHER])
    expect(await world.registry.statements()).toEqual([])
  })
})
