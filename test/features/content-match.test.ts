import { expect, test } from 'vitest'
import type { Feature } from '../../functions/contract/features.ts'
import { spaceKey } from '../../functions/contract/keys.ts'
import type { SpaceHeader } from '../../functions/contract/space.ts'
import { encodeSpace } from '../../functions/core/space.ts'
import { featureCells } from '../../functions/features/cells.ts'
import { openSpaces } from '../../functions/features/spaces.ts'
import { textVector } from '../../functions/math/text-vector.ts'
import { makeImpression } from '../make/events.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { catalogueOf, valuesOfEvents } from './recorded-values.ts'

const FEATURE: Feature = { name: 'match', kind: 'content-match', query: 'context.query' }
const CONTENT = { scores: false, content: true }

/** Items with the content of these texts, by id. Null: the space has no content at all. */
function encodeItems(
  texts: Record<string, string> | null,
  contentDimensions: number,
  others: Partial<SpaceHeader> = {},
): Uint8Array {
  const ids = Object.keys(texts ?? { lamp: '' })
  const content = new Float32Array(ids.length * contentDimensions)
  for (const [row, text] of Object.values(texts ?? {}).entries())
    content.set(textVector(text, contentDimensions) ?? [], row * contentDimensions)
  return encodeSpace(
    {
      ...{ kind: 'items', scene: 'feed', generation: 'g', dimensions: 1, contentDimensions },
      ...{ popularityWeight: 0, dataFromMs: 0, dataThroughMs: 1, alignedTo: null },
      ...{ hyperparameters: {}, codeDigest: 'c', configurationDigest: 'd', graphDigest: 'e' },
      ...others,
    },
    {
      ...{ ids, in: new Float32Array(ids.length), out: new Float32Array(ids.length) },
      ...{ degree: new Float64Array(ids.length), content: texts && content },
    },
  )
}

/** The feature's cell where these generations of items were served, each from its time on. */
async function openCells(generations: Record<number, Uint8Array>, reads = CONTENT) {
  const store = memoryObjects()
  for (const [sinceMs, bytes] of Object.entries(generations))
    await store.put(spaceKey('feed', sinceMs, 'items'), bytes)
  const served = Object.keys(generations).map((sinceMs) => ({
    ...{ sinceMs: Number(sinceMs), generation: sinceMs },
  }))
  const catalogues = { items: catalogueOf({}), users: catalogueOf({ u1: { likes: 'lamps' } }) }
  const spaces = await openSpaces(store, 'feed', served, reads)
  const values = { ...valuesOfEvents([], [], catalogues), spaces }
  return (item: string, context: object | null, timeMs = 10, feature = FEATURE) => {
    const shown = { user: 'u1', item, timeMs, context: context && JSON.stringify(context) }
    return featureCells([feature], makeImpression(shown), values)['f_match']
  }
}

test('A match is the cosine of the query and the content', async () => {
  const texts = { lamp: 'A red desk lamp', none: '', sofa: 'a grey sofa' }
  const cellOf = await openCells({ 10: encodeItems(texts, 64) })
  expect(cellOf('lamp', { query: 'a RED desk lamp' })).toBeCloseTo(1, 6)
  expect(cellOf('lamp', { query: ['red', 'lamp'] })).toBe(cellOf('lamp', { query: 'lamp red' }))
  expect(cellOf('lamp', { query: 'red lamp' })).toBeGreaterThan(0.5)
  expect(cellOf('sofa', { query: 'red lamp' })).toBeLessThan(0.4)
})

test('A match is missing without words, content, item or space', async () => {
  const cellOf = await openCells({ 10: encodeItems({ lamp: 'A lamp', none: '' }, 64) })
  for (const context of [null, {}, { query: '' }, { query: ' … ' }, { query: [] }])
    expect(cellOf('lamp', context)).toBeNull()
  expect(cellOf('none', { query: 'lamp' })).toBeNull()
  expect(cellOf('unknown', { query: 'lamp' })).toBeNull()
  expect(cellOf('lamp', { query: 'lamp' }, 9)).toBeNull()
  const cellWithout = await openCells({ 10: encodeItems(null, 64) })
  expect(cellWithout('lamp', { query: 'lamp' })).toBeNull()
})

test('A query is projected into the generation that was served', async () => {
  const [before, after] = [{ lamp: 'A red lamp' }, { lamp: 'A grey sofa' }]
  const cellOf = await openCells({ 10: encodeItems(before, 64), 20: encodeItems(after, 32) })
  const query = 'red lamp'
  for (const _ of [1, 2]) {
    expect(cellOf('lamp', { query }, 19)).toBeGreaterThan(0.5)
    expect(cellOf('lamp', { query }, 20)).toBeLessThan(0.5)
  }
})

test('Any attribute can be the query', async () => {
  const cellOf = await openCells({ 10: encodeItems({ lamp: 'lamps' }, 64) })
  expect(cellOf('lamp', null, 10, { ...FEATURE, query: 'user.likes' })).toBeCloseTo(1, 6)
})

test('No text is compared with vectors of another model', async () => {
  const cellOf = await openCells({
    10: encodeItems({ lamp: 'lamp' }, 64, { hasGivenContent: true }),
  })
  expect(cellOf('lamp', { query: 'lamp' })).toBeNull()
})

test('Matches alone read no vectors of users', async () => {
  const store = memoryObjects()
  await store.put(spaceKey('feed', 'g', 'items'), encodeItems({ lamp: 'lamp' }, 64))
  const spaces = await openSpaces(store, 'feed', [{ sinceMs: 0, generation: 'g' }], CONTENT)
  expect(spaces.contentMatchOf('lamp', 'lamp', 0)).toBeCloseTo(1, 6)
  expect(spaces.scoreOf('u1', 'lamp', 0)).toBeNull()
})
