import { expect, test } from 'vitest'
import { latentRowSchema, latentSk } from '../../functions/contract/latent.ts'
import { searchPk } from '../../functions/contract/search-index.ts'
import { fitLatentIndex } from '../../functions/search-index/latent/fit-latent.ts'
import { decodeLatent, encodeLatent } from '../../functions/search-index/latent/latent-file.ts'
import { refreshLatent } from '../../functions/search-index/latent/refresh-latent.ts'
import type { OpenSnapshot } from '../../functions/search-index/open-snapshot.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { type SmallDocument, smallIndex, writtenSegment } from './query/small-index.ts'

const TEXTS = [
  ...['car engine road', 'automobile engine road', 'car wheel engine', 'automobile wheel road'],
  ...['tulip garden rose', 'flower garden rose', 'tulip petal garden', 'flower petal rose'],
]
const DOCUMENTS = TEXTS.map((text, i): SmallDocument => ({ id: `d${i}`, texts: { text } }))
const OPTIONS = { dimensions: 2, maxDocuments: 100 }

function snapshotOf(lists: readonly (readonly SmallDocument[])[], n = 1): OpenSnapshot {
  const { snapshot } = smallIndex({ fields: { text: { from: 'text' } } }, lists, writtenSegment)
  return {
    segments: snapshot.parts as OpenSnapshot['segments'],
    snapshot: { n, live: snapshot.live, generation: 'g' } as OpenSnapshot['snapshot'],
  }
}
const OF = { scene: 'help', generation: 'g', snapshot: 1 }

test('Documents without a shared word are near by their neighbours', () => {
  const { ids, vectors } = fitLatentIndex(snapshotOf([DOCUMENTS]), OPTIONS)!
  const cosine = (a: string, b: string): number => {
    const [i, j] = [ids.indexOf(a), ids.indexOf(b)]
    return vectors[2 * i]! * vectors[2 * j]! + vectors[2 * i + 1]! * vectors[2 * j + 1]!
  }
  expect(cosine('d2', 'd1')).toBeGreaterThan(0.7)
  expect(cosine('d2', 'd5')).toBeLessThan(0.2)
})

test('Segments and deleted documents do not change the space', () => {
  const replaced: SmallDocument = { id: 'd9', texts: { text: 'car tulip' }, state: 'replaced' }
  const one = fitLatentIndex(snapshotOf([DOCUMENTS]), OPTIONS)!
  const three = fitLatentIndex(
    snapshotOf([DOCUMENTS.slice(5), [replaced], DOCUMENTS.slice(0, 5)]),
    OPTIONS,
  )!
  expect(encodeLatent(OF, three)).toEqual(encodeLatent(OF, one))
  const bytes = encodeLatent(OF, one)
  expect(encodeLatent(OF, decodeLatent(bytes, 'x').latent)).toEqual(bytes)
})

test('A space of too many documents, or of none, is not made', () => {
  expect(fitLatentIndex(snapshotOf([DOCUMENTS]), { ...OPTIONS, maxDocuments: 7 })).toBeNull()
  expect(fitLatentIndex(snapshotOf([]), OPTIONS)).toBeNull()
})

test('Changed documents get a new space, and the one before last goes', async () => {
  const models = memoryObjects()
  const online = memoryTable()
  const ports = { models, online, scene: 'help' }
  const refresh = (lists: readonly SmallDocument[][], n: number) =>
    refreshLatent(ports, { latent: OPTIONS }, snapshotOf(lists, n))
  expect(await refresh([DOCUMENTS], 1)).toBe('fitted')
  expect(await refresh([DOCUMENTS], 1)).toBe('unchanged')
  // Of the last five texts one shares no word with another: it has no place.
  for (const n of [2, 3]) expect(await refresh([DOCUMENTS.slice(n)], n)).toBe('fitted')
  const row = latentRowSchema.parse(await online.get(searchPk('help'), latentSk('g')))
  const keys = (await models.list('')).map(({ key }) => key)
  expect(keys).toHaveLength(2)
  expect(decodeLatent(await models.get(row.key), row.key).header).toMatchObject({
    ...{ scene: 'help', generation: 'g', snapshot: 3, documents: 4 },
  })
})

test('A space of an index that outgrew its bound goes', async () => {
  const [models, online] = [memoryObjects(), memoryTable()]
  const refresh = (maxDocuments: number, n: number) =>
    refreshLatent(
      { models, online, scene: 'help' },
      { latent: { ...OPTIONS, maxDocuments } },
      snapshotOf([DOCUMENTS], n),
    )
  expect(await refresh(8, 1)).toBe('fitted')
  expect(await refresh(7, 2)).toBe('none')
  expect(await online.get(searchPk('help'), latentSk('g'))).toBeNull()
})
