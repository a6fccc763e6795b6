import { describe, expect, test } from 'vitest'
import { graphPlanKey } from '../../../functions/contract/claim-keys.ts'
import { graphPlanSchema } from '../../../functions/contract/graph-objects.ts'
import { cleanEntitiesPrefix } from '../../../functions/contract/keys.ts'
import { verdictsKey } from '../../../functions/contract/verdicts.ts'
import { getJson } from '../../../functions/core/objects.ts'
import { graphList } from '../../../functions/graph/definition.ts'
import { loadGenerations } from '../../../functions/registry/generations.ts'
import {
  atHour,
  builtGraphWorld,
  closeClicks,
  copyGraphWorld,
  dropItems,
  firstNumbers,
  foldAt,
  GRAPH_CHANGES,
  type GraphWorld,
  graphOfWorld,
  graphWorld,
  SHOP_GRAPH,
  shopItem,
  shopItems,
} from '../../make/graph-world.ts'
import { putSnapshot, verdict } from '../../make/verdicts.ts'

const listed = async ({ online }: GraphWorld) =>
  (await loadGenerations(online, graphList('feed'))).generations
const WEEK = 7 * 24

/** A build that stops at its first row: its state is named already. */
const stopAtRows = (world: GraphWorld) =>
  foldAt(world, 0, {
    online: { ...world.online, putAll: () => Promise.reject(new Error('stopped')) },
  }).catch(() => {})

describe('builds that were stopped', () => {
  test('A build that was stopped a day ago is given up', async () => {
    const world = graphWorld()
    await dropItems(world, 0, shopItems(firstNumbers(6)))
    await stopAtRows(world)
    const [stopped] = await listed(world)
    expect(stopped).toMatchObject({ status: 'building', reason: 'it is being built' })
    const soon = await foldAt(copyGraphWorld(world), 23)
    expect(soon).toMatchObject({ generation: stopped!.generation, reason: 'the first one' })
    const later = await foldAt(world, 24)
    expect(later.generation).not.toBe(stopped!.generation)
    const [newest, ...others] = await listed(world)
    expect(others).toEqual([])
    expect(newest).toMatchObject({
      ...{ status: 'accepted', reason: later.reason },
    })
    const began = new Date(atHour(0)).toISOString()
    expect(later.reason).toBe(
      `the first one; the build of ${began} did not end within a day and was given up`,
    )
  })

  test('A build that other code goes on with ends consistent', async () => {
    const world = graphWorld()
    await dropItems(world, 0, [shopItem(0, { brand: 'Old' }), shopItem(1)])
    // Some rows of the first build are there.
    let left = 1
    const putAll: typeof world.online.putAll = async (rows) => {
      await world.online.putAll(rows)
      if (left-- > 0) throw new Error('stopped')
    }
    await foldAt(world, 0, { online: { ...world.online, putAll } }).catch(() => {})
    const { generation } = (await listed(world))[0]!
    expect((await graphOfWorld(world, generation)).rows['brand:old']).toBeDefined()
    // Other code makes other claims of the same drop.
    const other = graphWorld()
    await dropItems(other, 0, [shopItem(0, { brand: 'New' }), shopItem(1)])
    const keyIn = async ({ lake }: GraphWorld) =>
      (await lake.list(cleanEntitiesPrefix('feed', 'items')))[0]!.key
    await world.lake.put(await keyIn(world), await other.lake.get(await keyIn(other)))
    for (const key of [...world.lake.contents.keys()])
      if (key.includes('claims/')) world.lake.contents.delete(key)
    expect(await foldAt(world, 1)).toMatchObject({ generation, result: 'accepted' })
    await foldAt(other, 0)
    const ended = await graphOfWorld(world, generation)
    const expected = await graphOfWorld(other, generation)
    expect(ended.snapshot).toEqual(expected.snapshot)
    expect(ended.rows).toEqual(expected.rows)
    expect(ended.state).toMatchObject({ n: 2, facts: expected.state.facts, pending: null })
    await dropItems(world, 2, [shopItem(2)])
    expect(await foldAt(world, 2)).toMatchObject({ folded: [{ result: 'folded' }] })
  })

  test('A build reads the verdicts that its plan pins', async () => {
    const world = graphWorld({ ...SHOP_GRAPH, shards: 4 })
    await dropItems(world, 0, shopItems(firstNumbers(12)))
    await closeClicks(world)
    const about = (madeMs: number) => ({
      ...{ scene: 'feed', madeMs, previousMs: null, screenedFromMs: 0, screenedThroughMs: madeMs },
      ...{ detectorsDigest: 'd', inputsDigest: 'i' },
    })
    await putSnapshot(world.lake, about(atHour(-2)), [])
    const whole = copyGraphWorld(world)
    const { generation } = await foldAt(whole, 0)
    await stopAtRows(world)
    for (const key of [...world.lake.contents.keys()])
      if (key.includes('claims/')) world.lake.contents.delete(key)
    // It comes late, and was made before the fence.
    const rows = firstNumbers(60).map((n) =>
      verdict({ id: `u${n}`, fromMs: 0, throughMs: atHour(0) }),
    )
    await putSnapshot(world.lake, about(atHour(-1)), rows)
    await foldAt(world, 1)
    const plan = await getJson(world.models, graphPlanKey('feed', generation!), graphPlanSchema)
    expect(plan.verdicts).toMatchObject({
      key: verdictsKey({ scene: 'feed', madeMs: atHour(-2) }),
    })
    const [a, b] = [await graphOfWorld(world, generation!), await graphOfWorld(whole, generation!)]
    expect(a).toEqual(b)
  })
})

/** Two accepted graphs, the newest first. */
async function makeTwo() {
  const { world, generation: old } = await builtGraphWorld()
  const { generation } = await foldAt(world, WEEK)
  return { world, names: [generation!, old] as const }
}
const breakGraph = async ({ models, online }: GraphWorld, generation: string) => {
  const { snapshot } = (await online.get('feed#graph', `GRAPH#${generation}`)) as {
    snapshot: string
  }
  const body = await models.get(snapshot)
  await models.put(snapshot, '{}')
  return () => models.put(snapshot, body)
}

describe('a graph that cannot be read', () => {
  test('An old graph that cannot be read stops no other', async () => {
    const { world, names } = await makeTwo()
    const mend = await breakGraph(world, names[1])
    await GRAPH_CHANGES[0]!(world, WEEK + 1)
    const folded = await foldAt(world, WEEK + 1)
    expect(folded).toMatchObject({
      result: 'not due',
      folded: [
        { generation: names[0], result: 'folded' },
        { generation: names[1], result: 'unreadable', fault: expect.stringContaining('SHA-256') },
      ],
    })
    expect(folded.facts).toBeGreaterThan(0)
    const reasons = async () => (await listed(world)).map(({ reason }) => reason)
    expect(await reasons()).toEqual([
      'each relation kept its facts',
      expect.stringMatching(/^the first one; it cannot be read: s3:\/\/models\/.* got SHA-256/),
    ])
    // Once it can be read again, it is folded and no longer marked.
    await mend()
    const mended = await foldAt(world, WEEK + 2)
    expect(mended.folded).toMatchObject([{ result: 'unchanged' }, { result: 'folded', drops: 1 }])
    expect(await reasons()).toEqual(['each relation kept its facts', 'the first one'])
  })

  test('A newest graph that cannot be read fails the call', async () => {
    const { world, names } = await makeTwo()
    await breakGraph(world, names[0])
    await GRAPH_CHANGES[0]!(world, WEEK + 1)
    await expect(foldAt(world, WEEK + 1)).rejects.toThrow(/got SHA-256/)
    expect((await graphOfWorld(world, names[1])).rows['item:i50']).toBeDefined()
  })

  test('A build that is due replaces a graph that cannot be read', async () => {
    const { world, names } = await makeTwo()
    await breakGraph(world, names[0])
    const built = await foldAt(world, 2 * WEEK)
    expect(built).toMatchObject({ result: 'accepted' })
    expect(names).not.toContain(built.generation)
  })
})
