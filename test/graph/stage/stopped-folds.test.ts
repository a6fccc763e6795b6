import { describe, expect, test } from 'vitest'
import {
  graphExportKey,
  graphGenerationPrefix,
  graphShardKey,
} from '../../../functions/contract/claim-keys.ts'
import { foldNew } from '../../../functions/graph/fold-new.ts'
import { arrivedThrough } from '../../../functions/registry/timetable.ts'
import {
  atHour,
  builtGraphWorld,
  copyGraphWorld,
  foldAt,
  GRAPH_CHANGES,
  graphOfWorld,
  graphPorts,
} from '../../make/graph-world.ts'

describe('folds that are stopped or meet', () => {
  test('A fold that is stopped anywhere ends in the same rows', async () => {
    const { world, generation } = await builtGraphWorld()
    await GRAPH_CHANGES[0]!(world, 1)
    await GRAPH_CHANGES[1]!(world, 1)
    const whole = copyGraphWorld(world)
    await foldAt(whole, 1)
    await GRAPH_CHANGES[3]!(whole, 2)
    await foldAt(whole, 2)
    const expected = await graphOfWorld(whole, generation)
    for (let stop = 1; stop < 40; stop += 5) {
      const own = copyGraphWorld(world)
      let left = stop
      const fail = (): void => {
        if (left-- <= 0) throw new Error('stopped')
      }
      const models = {
        ...own.models,
        put: async (key: string, body: Uint8Array | string) => {
          fail()
          return own.models.put(key, body)
        },
      }
      const online: typeof own.online = {
        ...own.online,
        putAll: async (rows) => {
          fail()
          return own.online.putAll(rows)
        },
        putIfUnchanged: async (...change) => {
          fail()
          return own.online.putIfUnchanged(...change)
        },
      }
      await foldAt(own, 1, { models, online }).catch(() => {})
      await GRAPH_CHANGES[3]!(own, 2)
      await foldAt(own, 2)
      const { snapshot, rows, state } = await graphOfWorld(own, generation)
      expect({ snapshot, rows }).toEqual({ snapshot: expected.snapshot, rows: expected.rows })
      expect(state).toMatchObject({ pending: null, facts: expected.state.facts })
    }
  })

  test('Of two calls at once, one wins and nothing is lost', async () => {
    const { world, generation } = await builtGraphWorld()
    await GRAPH_CHANGES[0]!(world, 1)
    const whole = copyGraphWorld(world)
    await foldAt(whole, 1)
    const through = arrivedThrough(atHour(1))
    const both = await Promise.all(
      [0, 1].map(() => foldNew(graphPorts(world), generation, through)),
    )
    expect(both.map((one) => one!.result).sort()).toEqual(['folded', 'overtaken'])
    const [a, b] = [await graphOfWorld(world, generation), await graphOfWorld(whole, generation)]
    expect({ ...a, state: null }).toEqual({ ...b, state: null })
  })

  test('Objects and exports that no reader needs are deleted', async () => {
    const { world, generation } = await builtGraphWorld()
    for (const [at, change] of GRAPH_CHANGES.entries()) {
      await change(world, at + 1)
      await foldAt(world, at + 1)
    }
    const { snapshot } = await graphOfWorld(world, generation)
    const prefix = graphGenerationPrefix('feed', generation)
    const keys = [...world.models.contents.keys()].filter((key) => key.startsWith(prefix))
    const shards = Object.entries(snapshot).flatMap(([table, digests]) =>
      digests.flatMap((digest, shard) =>
        digest === null
          ? []
          : [graphShardKey({ scene: 'feed', generation, table: table as 'facts', shard, digest })],
      ),
    )
    expect(
      keys.filter((key) => key.endsWith('.parquet') && !key.includes('/export/')).sort(),
    ).toEqual(shards.sort())
    const exported = (n: number) =>
      keys.includes(graphExportKey({ scene: 'feed', generation, n, name: 'edges.csv' }))
    expect([4, 5, 6].map(exported)).toEqual([false, true, true])
  })
})
