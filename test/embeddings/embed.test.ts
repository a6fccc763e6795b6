import { beforeAll, describe, expect, test } from 'vitest'
import { vectorPk, vectorRowSchema } from '../../functions/contract/embedding-rows.ts'
import { type EmbeddingsDefinition, embeddingsSchema } from '../../functions/contract/embeddings.ts'
import { spaceComparisonKey, spaceKey, spaceUsersKey } from '../../functions/contract/keys.ts'
import { spaceComparisonSchema } from '../../functions/contract/space-comparison.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { getJson } from '../../functions/core/objects.ts'
import { decodeSpace } from '../../functions/core/space.ts'
import { meaningOf, spaceList } from '../../functions/embeddings/generations.ts'
import { loadManifest } from '../../functions/embeddings/manifest.ts'
import { retireSpaces } from '../../functions/embeddings/retire.ts'
import { isDue, loadGenerations } from '../../functions/registry/generations.ts'
import {
  atDay,
  closeActs,
  drawActs,
  type EmbeddingWorld,
  embedAt,
  embeddingWorld,
  oneWeek,
  SMALL,
} from '../make/embedding-world.ts'
import { DAY0_MS } from '../make/events.ts'

const listOf = async ({ online }: EmbeddingWorld) =>
  (await loadGenerations(online, spaceList('feed'))).generations
const contentsOf = ({ models }: EmbeddingWorld): Record<string, string> =>
  Object.fromEntries(
    [...models.contents].map(([key, { body }]) => [key, sha256Hex(body)] as const).sort(),
  )
const rowOf = async ({ online }: EmbeddingWorld, generation: string, id: string) => {
  const kind = id.startsWith('u') ? 'user' : 'item'
  const row = await online.get(vectorPk('feed', generation, kind, id), 'VECTOR')
  return row && vectorRowSchema.parse(row)
}
const withSeed = (world: EmbeddingWorld, seed: number): EmbeddingWorld => ({
  ...world,
  scene: { ...world.scene, embeddings: { ...SMALL, seed } },
})

let world: EmbeddingWorld
let generation: string
beforeAll(async () => {
  world = await oneWeek()
  const embedded = await embedAt(world, 7)
  expect(embedded).toMatchObject({ result: 'accepted' })
  generation = embedded.generation!
})

describe('the space of a settled week', () => {
  test('Its objects are those that its manifest names', async () => {
    const { files, counts, chosen, alignedTo } = await loadManifest(
      world.models,
      'feed',
      generation,
    )
    for (const file of [files.items, files.in, files.out])
      expect(sha256Hex(await world.models.get(file.key))).toBe(file.sha256)
    expect(counts).toMatchObject({ users: 150, items: 120, documents: 0 })
    expect(files.documents).toBeNull()
    expect(alignedTo).toBeNull()
    expect(['deepwalk', 'item-knn', 'recent-item-knn', 'ease']).toContain(chosen.users)
    // No training is left behind, and no name of a user lies among the items.
    expect(Object.keys(contentsOf(world)).filter((key) => key.includes('training'))).toEqual([])
  })

  test('Every item and user has a row with vectors and list', async () => {
    const { table } = decodeSpace(await world.models.get(spaceKey('feed', generation, 'items')), '')
    const item = await rowOf(world, generation, 'i0007')
    const at = 16 * table.ids.indexOf('i0007')
    expect(new Float32Array(item!.out!.slice().buffer)).toEqual(table.out!.slice(at, at + 16))
    expect(item!.items).toHaveLength(10)
    expect(item!.scores).toHaveLength(40)
    const user = await rowOf(world, generation, 'u0003')
    expect(user!.out).toBeUndefined()
    expect(user!.items).toHaveLength(10)
    // Half of a list at most has one category; a user's taste is one.
    const likes = user!.items!.filter((id) => Number(id.slice(1)) % 6 === 3)
    expect(likes).toHaveLength(5)
  })

  test('Items of one taste are nearest to each other', async () => {
    const shares = await Promise.all(
      ['i0001', 'i0008', 'i0030'].map(async (id) => {
        const { items } = (await rowOf(world, generation, id))!
        return items!
          .slice(0, 5)
          .filter((n) => (Number(n.slice(1)) - Number(id.slice(1))) % 6 === 0)
      }),
    )
    expect(Math.min(...shares.map(({ length }) => length))).toBeGreaterThanOrEqual(4)
  })

  test('It is due again after a week, or when its definition changes', async () => {
    expect(await embedAt(world, 8)).toMatchObject({ result: 'not due', generation })
    const { generations } = await loadGenerations(world.online, spaceList('feed'))
    expect(isDue(generations, meaningOf(world.scene), atDay(14) - 1)).toBe(false)
    expect(isDue(generations, meaningOf(world.scene), atDay(14))).toBe(true)
    expect(isDue(generations, meaningOf(withSeed(world, 5).scene), atDay(8))).toBe(true)
    const vectorStore = { kind: 's3-vectors' as const, bucket: 'vectors' }
    const embeddings = { ...SMALL, vectorStore }
    const mirrored = { ...world.scene, embeddings }
    expect(isDue(generations, meaningOf(mirrored), atDay(8))).toBe(false)
  })
})

describe('a build', () => {
  test('The same events in any order and files give the same bytes', async () => {
    const b = embeddingWorld()
    const acts = drawActs([0, 1, 2, 3, 4, 5, 6], 150, 120)
    for (const [key, { body }] of world.lake.contents)
      if (key.includes('items')) b.lake.drop(key, body)
    for (const [key, { body }] of world.lake.contents)
      if (key.startsWith('manifests')) b.lake.drop(key, body)
    await closeActs(b, acts.toReversed(), DAY0_MS + 7 * DAY_MS)
    await embedAt(b, 7)
    expect(contentsOf(b)).toEqual(contentsOf(world))
    for (const id of ['u0001', 'i0001'])
      expect(await rowOf(b, generation, id)).toEqual(await rowOf(world, generation, id))
  })

  test('A build that was stopped anywhere is continued to the same bytes', async () => {
    const calm = contentsOf(world)
    for (const place of ['comparison.json', 'generation.json']) {
      const own = await oneWeek()
      const models = new Proxy(own.models, {
        get: (target, name) =>
          name === 'put'
            ? (key: string, body: Uint8Array) =>
                key.endsWith(place) ? Promise.reject(new Error('killed')) : target.put(key, body)
            : Reflect.get(target, name),
      })
      await expect(embedAt({ ...own, models }, 7)).rejects.toThrow('killed')
      expect((await listOf(own)).map(({ status }) => status)).toEqual(['building'])
      expect(await embedAt(own, 8)).toMatchObject({ result: 'accepted' })
      expect(contentsOf(own), place).toEqual(calm)
    }
  })

  test('Later weeks are aligned and their map does not spin', async () => {
    const own = await oneWeek()
    const weeks = [await embedAt(own, 7)]
    for (const week of [2, 3, 4]) {
      const days = [0, 1, 2, 3, 4, 5, 6].map((day) => 7 * (week - 1) + day)
      await closeActs(own, drawActs(days, 150, 120, week), DAY0_MS + week * 7 * DAY_MS)
      weeks.push(await embedAt(own, 7 * week))
    }
    const [first, second] = weeks.map((one) => one.generation!) as [string, string]
    const { drift, overlaps } = weeks[1]!.figures!
    expect(drift!.best.in - drift!.cosine.in).toBeLessThan(0.01)
    expect(overlaps.find(({ side }) => side === 'in')!.served).toBeGreaterThan(0.5)
    const read = async (name: string) => {
      const key = spaceKey('feed', name, 'items')
      return decodeSpace(await own.models.get(key), key)
    }
    const [before, after] = [await read(first), await read(second)]
    expect(after.header.alignedTo).toBe(first)
    expect(after.extras.map).toEqual(before.extras.map)
    const kept = await listOf(own)
    expect(kept).toHaveLength(3)
    await retireSpaces({ ...own, scene: 'feed' }, kept, new Set())
    expect(Object.keys(contentsOf(own)).filter((key) => key.includes(first))).toEqual([])
    expect(await rowOf(own, first, 'i0001')).toBeNull()
    expect(await rowOf(own, second, 'i0001')).not.toBeNull()
  })

  test('A space says that its content comes from another model', async () => {
    const own = embeddingWorld({ ...SMALL, vectorFrom: 'attributes.embedding' })
    await closeActs(own, drawActs([0, 1, 2, 3, 4, 5, 6], 60, 120), DAY0_MS + 7 * DAY_MS)
    const given = await embedAt(own, 7)
    const headerOf = async ({ models }: EmbeddingWorld, name: string) => {
      const key = spaceKey('feed', name, 'items')
      return decodeSpace(await models.get(key), key).header
    }
    expect((await headerOf(own, given.generation!)).hasGivenContent).toBe(true)
    expect((await headerOf(world, generation)).hasGivenContent).toBeUndefined()
  })
})

describe('too little to learn from', () => {
  test('A scene without a closed hour builds nothing', async () => {
    const own = embeddingWorld()
    expect(await embedAt(own, 7)).toMatchObject({ result: 'empty', generation: null })
    expect(await listOf(own)).toEqual([])
  })

  test('An empty week builds nothing, and the next day tries again', async () => {
    await closeActs(world, [], DAY0_MS + 60 * DAY_MS)
    const empty = await embedAt(world, 60)
    expect(empty.result).toBe('empty')
    expect(empty.reason).toMatch(/^0 users acted on 0 items/)
    expect((await listOf(world)).map((one) => one.generation)).toEqual([generation])
  })

  test('Too few users to judge give no space yet', async () => {
    const own = embeddingWorld()
    const acts = drawActs([0, 1, 2, 3], 1, 120)
    await closeActs(own, acts, DAY0_MS + 7 * DAY_MS)
    const { result, reason } = await embedAt(own, 7)
    expect(result).toBe('empty')
    expect(reason).toBe('1 users acted on three items or more, expected 50 to judge a space by')
  })

  test('Two tastes without a user in common are two components', async () => {
    const own = embeddingWorld()
    const acts = drawActs([0, 1, 2, 3, 4, 5, 6], 60, 120).filter(
      ({ user, item }) => Number(user.slice(1)) % 2 === Number(item.slice(1)) % 2,
    )
    await closeActs(own, acts, DAY0_MS + 7 * DAY_MS)
    expect(await embedAt(own, 7)).toMatchObject({ result: 'accepted' })
  })

  test('A definition with other dimensions is not aligned and says so', async () => {
    const definition: EmbeddingsDefinition = embeddingsSchema.parse({ ...SMALL, dimensions: 24 })
    const wider = { ...world, scene: { ...world.scene, embeddings: definition } }
    const embedded = await embedAt(wider, 8)
    expect(embedded.result).toBe('accepted')
    const key = spaceComparisonKey('feed', embedded.generation!)
    const { alignment } = await getJson(world.models, key, spaceComparisonSchema)
    expect(alignment).toBe('not aligned: it has 24 dimensions, the served one 16')
    const users = spaceUsersKey('feed', embedded.generation!)
    expect(decodeSpace(await world.models.get(users), users).header.dimensions).toBe(24)
  })
})
