import { expect, test } from 'vitest'
import { GRAPH_PART } from '../../functions/contract/part.ts'
import { openItemLinks } from '../../functions/reader/item-links.ts'
import { type Fact, makeLinks, putLinks } from '../make/links.ts'
import { memoryObjects } from '../make/memory-objects.ts'

const linksOfBrands = (brands: number) =>
  makeLinks(
    Array.from({ length: 12 }, (_, n): Fact => [`i${n}`, 'has-brand', `brand:b${n % brands}`]),
  )

test('Links that are not those of the release are refused', async () => {
  const models = memoryObjects()
  const part = await putLinks(models, 'feed', 'one', linksOfBrands(6))
  const linksOf = openItemLinks({ scene: 'feed', models })
  expect(await linksOf({})).toBeUndefined()
  const wrong = { ...part, generation: 'two' }
  await expect(linksOf({ [GRAPH_PART]: wrong })).rejects.toThrow(/got one of feed, expected two/)
  await putLinks(models, 'feed', 'one', linksOfBrands(7))
  await expect(linksOf({ [GRAPH_PART]: part })).rejects.toThrow(/SHA-256/)
})

test('A generation is read once', async () => {
  const models = memoryObjects()
  const part = await putLinks(models, 'feed', 'one', linksOfBrands(6))
  const gets: string[] = []
  const get = (key: string) => {
    gets.push(key)
    return models.get(key)
  }
  const linksOf = openItemLinks({ scene: 'feed', models: { get } })
  for (const timeMs of [1, 2]) {
    const links = (await linksOf({ [GRAPH_PART]: part }))!
    expect(links.servedAt(timeMs)!.sharedOf('has-brand', 'i0', 'i6')).toBe(1)
  }
  expect(gets).toHaveLength(2)
})
