import { describe, expect, test } from 'vitest'
import type { ClaimMaker } from '../../../functions/contract/claim-keys.ts'
import { claimManifestKey, parseClaimsKey } from '../../../functions/contract/claim-keys.ts'
import { makeClaims } from '../../../functions/graph/claims/make-claims.ts'
import { Superseded } from '../../../functions/graph/claims/superseded.ts'
import { collectClaims } from '../../../functions/graph/collect-claims.ts'
import { emptySnapshot, readFacts } from '../../../functions/graph/fold/apply-change.ts'
import { noisyOr } from '../../../functions/graph/fold/fuse.ts'
import {
  dropItems,
  firstNumbers,
  foldAt,
  GRAPH_CHANGES,
  type GraphWorld,
  graphOfWorld,
  graphWorldWithGoing,
  shopItems,
} from '../../make/graph-world.ts'
import { memoryObjects } from '../../make/memory-objects.ts'
import { claim, source } from '../claims/make-claims.ts'

/** The lake, and the files of claims and manifests that were read. */
function watch({ lake }: Pick<GraphWorld, 'lake'>) {
  const read = { claims: [] as string[], manifests: 0 }
  const note = (key: string): string => {
    if (parseClaimsKey(key)) read.claims.push(key)
    if (key.startsWith('manifests/feed/claims/')) read.manifests++
    return key
  }
  const watched = {
    ...lake,
    get: (key: string) => lake.get(note(key)),
    find: (key: string) => lake.find(note(key)),
  }
  return { read, lake: watched }
}

describe('claims that later ones supersede', () => {
  test('A catalogue that was dropped ten times is folded once', async () => {
    const world = graphWorldWithGoing()
    for (const hour of firstNumbers(10)) await dropItems(world, hour, shopItems(firstNumbers(40)))
    const { generation: first } = await foldAt(world, 10)
    const { read, lake } = watch(world)
    const { generation, result } = await foldAt(world, 10 + 7 * 24, { lake })
    expect(result).toBe('accepted')
    expect(read.claims).toHaveLength(1)
    // Each manifest once, and that of the file that is read once more.
    expect(read.manifests).toBeLessThanOrEqual(11)
    const [a, b] = [await graphOfWorld(world, first!), await graphOfWorld(world, generation!)]
    expect({ ...a, state: null }).toEqual({ ...b, state: null })
  })

  test('A build of superseded claims equals the folds of all drops', async () => {
    const world = graphWorldWithGoing({ ...graphWorldWithGoing().scene.graph!, behaviour: {} })
    await dropItems(world, 0, shopItems(firstNumbers(40)))
    const { generation: first } = await foldAt(world, 0)
    for (const [at, change] of GRAPH_CHANGES.entries()) {
      await change(world, at + 1)
      await foldAt(world, at + 1)
    }
    const { generation } = await foldAt(world, 7 * 24 + 1)
    expect(generation).not.toBe(first)
    const { snapshot } = await graphOfWorld(world, generation!)
    const { withdrawn } = (await graphOfWorld(world, first!)).snapshot
    expect(snapshot.withdrawn).toEqual(withdrawn)
  })

  test('Any number of claims at a time gives one graph', async () => {
    const [lake, models] = [memoryObjects('lake'), memoryObjects('models')]
    const wanted = firstNumbers(12).map((n) => ({
      ...{ maker: 'catalogue' as ClaimMaker, madeMs: n },
      inputs: { read: n, extractor: 'catalogue@1', configuration: null },
      make: async () => ({
        claims: [0, 1, 2].map((k) =>
          claim({ subject: `item:i${n}-${k}`, source: `s${n % 5}`, validFromMs: n + 1 }),
        ),
        ...{ refused: {}, withdrawn: [{ source: source(`s${n % 5}`), throughMs: n }] },
      }),
    }))
    const made = await makeClaims({ lake, scene: 'feed', codeDigest: 'c' }, wanted)
    const fusion = { name: 'or@1', fuse: noisyOr }
    const graphs = await Promise.all(
      [1, 4, 1000].map(async (most) => {
        const empty = emptySnapshot(
          { scene: 'feed', generation: '00000000-0000000000000' },
          4,
          fusion,
        )
        const ports = { lake, models }
        const { snapshot } = await collectClaims(ports, empty, made, fusion, most)
        return { ...snapshot, n: 0 }
      }),
    )
    expect(graphs[1]).toEqual(graphs[0])
    expect(graphs[2]).toEqual(graphs[0])
    // Batches 7 to 11 are the last of their five sources.
    expect(await readFacts(models, graphs[0]!)).toHaveLength(15)
    expect(made.batches.map(({ name }) => claimManifestKey(name))).toHaveLength(12)
  })

  test('A batch stays while one of its sources has not spoken again', () => {
    const superseded = new Superseded()
    const manifest = (throughMs: number, ...names: string[]) => ({
      sources: names.map((name) => source(name)),
      withdrawn: names.map((name) => ({ source: source(name), throughMs })),
    })
    const both = manifest(4, 'a', 'b')
    superseded.note(both)
    expect(superseded.hasAll(both)).toBe(false)
    superseded.note(manifest(9, 'a'))
    expect(superseded.hasAll(both)).toBe(false)
    superseded.note(manifest(5, 'b'))
    expect(superseded.hasAll(both)).toBe(true)
    expect(superseded.hasAll({ sources: [source('c')], withdrawn: [] })).toBe(false)
    expect([...superseded.withdrawals()]).toEqual([
      { source: source('a'), throughMs: 9 },
      { source: source('b'), throughMs: 5 },
    ])
  })
})
