import { beforeAll, describe, expect, test } from 'vitest'
import { vectorPk } from '../../functions/contract/embedding-rows.ts'
import { spaceComparisonKey } from '../../functions/contract/keys.ts'
import { spaceComparisonSchema } from '../../functions/contract/space-comparison.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { getJson } from '../../functions/core/objects.ts'
import type { NodeVectors } from '../../functions/embeddings/deepwalk/training.ts'
import { spaceList } from '../../functions/embeddings/generations.ts'
import { type Both, trainSpaces } from '../../functions/embeddings/train-spaces.ts'
import { acceptedOf, loadGenerations } from '../../functions/registry/generations.ts'
import {
  type EmbeddingWorld,
  embedAt,
  oneWeek,
  type portsOf,
  SMALL,
} from '../make/embedding-world.ts'

const listOf = async ({ online }: EmbeddingWorld) =>
  (await loadGenerations(online, spaceList('feed'))).generations
const contentsOf = ({ models }: EmbeddingWorld): Record<string, string> =>
  Object.fromEntries([...models.contents].map(([key, { body }]) => [key, sha256Hex(body)] as const))
/** A training that goes astray as `spoil` says. */
const spoiled = (spoil: (vectors: Both<NodeVectors>) => void) => ({
  train: (async ({ graphs, scene }) => {
    const vectors = trainSpaces(graphs, scene.embeddings!)
    spoil(vectors)
    return { result: 'trained', graphs, vectors }
  }) satisfies ReturnType<typeof portsOf>['train'],
})
const withSeed = (world: EmbeddingWorld, seed: number): EmbeddingWorld => ({
  ...world,
  scene: { ...world.scene, embeddings: { ...SMALL, seed } },
})

let world: EmbeddingWorld
let served: string
let seed = 100
beforeAll(async () => {
  world = await oneWeek()
  served = (await embedAt(world, 7)).generation!
})

describe('a bad space', () => {
  const noise = (rows: Float32Array): void =>
    rows.forEach((_, i) => {
      rows[i] = Math.sin(i * i * 0.7)
    })
  test.each<[string, RegExp, (vectors: Both<NodeVectors>) => void]>([
    ['no numbers', /not finite/, ({ all }) => all.in.fill(Number.NaN, 0, 40)],
    ['no numbers in the other training', /not finite/, (v) => v.heldOut.out.fill(Number.NaN)],
    ['zeros', /rows are zeros/, ({ all }) => all.out.fill(0)],
    ['noise', /in common/, ({ all }) => [all.in, all.out].forEach(noise)],
    ['one direction', /(same way|in common)/, ({ all }) => all.in.fill(0.3)],
  ])('A space of %s is refused with the reason, and nothing changes', async (_what, why, spoil) => {
    const before = contentsOf(world)
    const refused = await embedAt(withSeed(world, ++seed), 8, spoiled(spoil))
    expect(refused.result).toBe('refused')
    expect(refused.reason).toMatch(why)
    const listed = await listOf(world)
    expect(listed[0]).toMatchObject({ status: 'refused', reason: refused.reason })
    expect(acceptedOf(listed)!.generation).toBe(served)
    const key = spaceComparisonKey('feed', refused.generation!)
    const { [key]: _comparison, ...others } = contentsOf(world)
    expect(others).toEqual(before)
    expect(await getJson(world.models, key, spaceComparisonSchema)).toMatchObject({
      ...{ isAccepted: false, servedGeneration: served },
    })
    expect(
      await world.online.get(vectorPk('feed', refused.generation!, 'item', 'i0001'), 'VECTOR'),
    ).toBeNull()
  })

  test('The first space is judged, too', async () => {
    const own = await oneWeek()
    const refused = await embedAt(
      own,
      7,
      spoiled(({ all }) => [all.in, all.out].forEach(noise)),
    )
    expect(refused.result).toBe('refused')
    // The next day has other data.
    expect(await embedAt(own, 8)).toMatchObject({ result: 'accepted' })
  })
})
