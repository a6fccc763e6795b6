import { expect, test } from 'vitest'
import { GENERATIONS_SK, type Generation } from '../../functions/contract/generations.ts'
import { graphPk } from '../../functions/contract/graph-rows.ts'
import { graphLearnedKey, graphLinksKey } from '../../functions/contract/keys.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import { readsLinks } from '../../functions/features/links.ts'
import { keepGraphs } from '../../functions/graph/keep-graphs.ts'
import { retireGraphs } from '../../functions/graph/retire.ts'
import { nameGeneration } from '../../functions/registry/generations.ts'
import { sampledGenerations } from '../../functions/registry/served-generations.ts'
import { makeLinks, putLinks } from '../make/links.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeScene } from '../make/scene.ts'

const WEEK_MS = 7 * DAY_MS
const WEEKS = [1, 2, 3]
const NAMES = WEEKS.map((week) => nameGeneration('graph', week * WEEK_MS))
const links = makeLinks([['i1', 'has-brand', 'brand:b']])

/** Each generation was served for a week. */
const registry = {
  releases: async () =>
    NAMES.map((generation, n) => ({ sequence: n + 1, parts: { graph: { generation } } })) as never,
  decisions: async () =>
    NAMES.map((_, n) => ({
      ...{ kind: 'flip', from: n || null, to: n + 1, timeMs: (n + 1) * WEEK_MS },
    })) as never,
}

test('Links that samples follow outlive their generation', async () => {
  const models = memoryObjects('models')
  for (const name of NAMES) {
    await putLinks(models, 'feed', name, links)
    await models.put(graphLearnedKey('feed', name), '{}')
  }
  const kept: Generation[] = [
    { generation: NAMES[2]!, fenceMs: 3 * WEEK_MS, status: 'accepted', reason: '' },
  ]
  const { tiers } = makeScene()
  const lookBackMs = tiers.full.lookbackDays * DAY_MS
  const retireAt = async (nowMs: number) => {
    const sampled = await sampledGenerations(registry, 'graph', { tiers }, nowMs)
    const ports = { models, online: memoryTable(), scene: 'feed' }
    const retired = await retireGraphs(ports, kept, undefined, sampled)
    return { retired, left: [...models.contents.keys()].filter((key) => !key.includes(NAMES[2]!)) }
  }
  const first = await retireAt(4 * WEEK_MS)
  expect(first.left).toEqual([NAMES[0]!, NAMES[1]!].map((name) => graphLinksKey('feed', name)))
  expect(first.retired).toMatchObject({ generations: 2, isWhole: true })
  expect((await retireAt(4 * WEEK_MS)).retired).toMatchObject({ generations: 0, objects: 0 })
  // The first generation was replaced after two weeks, the second after three.
  const later = await retireAt(2 * WEEK_MS + lookBackMs + 60 * DAY_MS + 1)
  expect(later.left).toEqual([graphLinksKey('feed', NAMES[1]!)])
})

test('Links stay in a scene that follows none today', async () => {
  const models = memoryObjects('models')
  for (const name of NAMES) await putLinks(models, 'feed', name, links)
  const online = memoryTable()
  const generations = [
    { generation: NAMES[2]!, fenceMs: 3 * WEEK_MS, status: 'accepted', reason: '' },
  ]
  await online.put(graphPk('feed'), GENERATIONS_SK, { n: 1, generations })
  const scene = makeScene()
  expect(readsLinks(scene)).toBe(false)
  const retired = await keepGraphs({ models, online, registry, scene }, 4 * WEEK_MS)
  expect(retired).toMatchObject({ generations: 2, isWhole: true })
  const left = [...models.contents.keys()].filter((key) => key.endsWith('links.json'))
  expect(left.sort()).toEqual(NAMES.map((name) => graphLinksKey('feed', name)).sort())
})
