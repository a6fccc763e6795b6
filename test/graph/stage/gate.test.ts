import { describe, expect, test } from 'vitest'
import { graphReportKey } from '../../../functions/contract/claim-keys.ts'
import { graphReportSchema } from '../../../functions/contract/graph-objects.ts'
import { getJson } from '../../../functions/core/objects.ts'
import { loadGenerations } from '../../../functions/registry/generations.ts'
import {
  dropItems,
  firstNumbers,
  foldAt,
  type GraphWorld,
  graphOfWorld,
  graphWorld,
  SHOP_GRAPH,
  shopItems,
} from '../../make/graph-world.ts'

/** Twelve items, four brands and three shelves, with a gate that so few facts pass. */
async function makeShop() {
  const world = graphWorld({ ...SHOP_GRAPH, gate: { minKept: 0.5, minFacts: 10 } })
  await dropItems(world, 0, shopItems(firstNumbers(12)))
  const { generation } = await foldAt(world, 0)
  return { world, first: generation! }
}
type Catalogue = NonNullable<GraphWorld['scene']['graph']>['catalogue']

function changeGraph(
  world: GraphWorld,
  change: Partial<NonNullable<GraphWorld['scene']['graph']>>,
): void {
  world.scene = { ...world.scene, graph: { ...world.scene.graph!, ...change } }
}
/** The brand is read from an attribute that no item has. */
function breakMapping(world: GraphWorld): void {
  const { brand, ...rest } = world.scene.graph!.catalogue
  changeGraph(world, { catalogue: { ...rest, maker: brand! } satisfies Catalogue })
}

describe('the gate', () => {
  test('A mapping that no longer fits its catalogue is refused', async () => {
    const { world, first } = await makeShop()
    breakMapping(world)
    const refused = await foldAt(world, 1)
    expect(refused).toMatchObject({
      ...{ result: 'refused' },
      reason:
        'relations lost their facts: has-brand: 0 facts, before 12; lower graph.gate.minKept if this is meant',
    })
    const { rows } = await graphOfWorld(world, first)
    expect(rows['brand:acme']).toBeDefined()
    const report = await getJson(
      world.models,
      graphReportKey('feed', refused.generation!),
      graphReportSchema,
    )
    expect(report).toMatchObject({
      relations: { 'has-brand': { facts: 0, before: 12 } },
      gate: { minKept: 0.5, minFacts: 10 },
    })
    // It is tried again a day later, not an hour later.
    expect(await foldAt(world, 2)).toMatchObject({ result: 'not due' })
    expect(await foldAt(world, 26)).toMatchObject({ result: 'refused' })
  })

  test('A refused graph is built again at once under another gate', async () => {
    const { world } = await makeShop()
    breakMapping(world)
    const refused = await foldAt(world, 1)
    expect(refused).toMatchObject({ result: 'refused' })
    changeGraph(world, { gate: { minKept: 0, minFacts: 10 } })
    const accepted = await foldAt(world, 2)
    expect(accepted).toMatchObject({ result: 'accepted' })
    expect(accepted.generation).not.toBe(refused.generation)
  })

  test('A relation that the catalogue dropped is not asked for', async () => {
    const { world } = await makeShop()
    const { brand: _brand, category: _category, ...rest } = world.scene.graph!.catalogue
    changeGraph(world, { catalogue: rest })
    expect(await foldAt(world, 1)).toMatchObject({ result: 'accepted' })
  })

  test('A renamed relation is accepted under its new name', async () => {
    const { world } = await makeShop()
    const { brand, ...rest } = world.scene.graph!.catalogue
    changeGraph(world, { catalogue: { ...rest, brand: { ...brand!, relation: 'made-by' } } })
    const { generation, result } = await foldAt(world, 1)
    expect(result).toBe('accepted')
    const { rows } = await graphOfWorld(world, generation!)
    expect(rows['item:i0']).toHaveProperty('facts.made-by')
  })

  test('An empty graph says which settings make claims', async () => {
    const world = graphWorld({ shards: 4 })
    await dropItems(world, 0, shopItems(firstNumbers(3)))
    const { result, reason } = await foldAt(world, 0)
    expect(result).toBe('refused')
    expect(reason).toMatch(/it has no facts: graph\.catalogue .* graph\.behaviour /)
    const list = { pk: 'feed#graph', what: '' }
    const { generations } = await loadGenerations(world.online, list)
    expect(generations[0]).toMatchObject({ status: 'refused', reason })
  })
})
