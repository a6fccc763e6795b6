import { expect, test } from 'vitest'
import { embeddingsSchema } from '../../functions/contract/embeddings.ts'
import type { Feature } from '../../functions/contract/features.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import { keepSpaces } from '../../functions/embeddings/keep-spaces.ts'
import { nameGeneration } from '../../functions/registry/generations.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeScene } from '../make/scene.ts'
import { putGeneration } from '../make/space.ts'

const WEEK_MS = 7 * DAY_MS
const NAMES = [1, 2, 3, 4].map((week) => nameGeneration('space', week * WEEK_MS))
const scene = makeScene({ embeddings: embeddingsSchema.parse({}) })
const READERS: Feature[] = [
  { kind: 'space-score', name: 'fit' },
  { kind: 'content-match', name: 'content', query: 'context.query' },
]

/** Each generation was served for a week. */
const registry = {
  releases: async () =>
    NAMES.map((generation, n) => ({ sequence: n + 1, parts: { space: { generation } } })) as never,
  decisions: async () =>
    NAMES.map((_, n) => ({
      ...{ kind: 'flip', from: n || null, to: n + 1, timeMs: (n + 1) * WEEK_MS },
    })) as never,
}

async function fourWeeks() {
  const ports = { models: memoryObjects('models'), online: memoryTable() }
  for (const [n, name] of NAMES.entries()) await putGeneration(ports, name, (n + 1) * WEEK_MS)
  return ports
}
const tablesLeft = ({ models }: Awaited<ReturnType<typeof fourWeeks>>): string[] =>
  [...models.contents.keys()].filter((key) => key.includes(NAMES[0]!)).sort()

test('A generation that nothing needs is deleted', async () => {
  const ports = await fourWeeks()
  const { retired } = await keepSpaces({ ...ports, registry, scene }, 4 * WEEK_MS)
  expect(retired).toMatchObject({ isWhole: true })
  expect(tablesLeft(ports)).toEqual([])
})

test.each(READERS)('Tables that a $kind needs stay while a full looks back', async (feature) => {
  const ports = await fourWeeks()
  const scored = { ...scene, features: [feature] }
  await keepSpaces({ ...ports, registry, scene: scored }, 4 * WEEK_MS)
  expect(tablesLeft(ports)).toEqual([
    ...[`embeddings/feed/${NAMES[0]}/items.qms`, `space-users/feed/${NAMES[0]}/users.qms`],
  ])
  await keepSpaces({ ...ports, registry, scene: scored }, 4 * WEEK_MS + 100 * DAY_MS)
  expect(tablesLeft(ports)).toEqual([])
})
