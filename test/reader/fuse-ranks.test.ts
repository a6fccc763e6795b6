import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fuseRanks } from '../../functions/reader/fuse-ranks.ts'

const item = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
const list = fc.array(item, { maxLength: 8 })

test('The score of an item sums its reciprocal ranks', () => {
  fc.assert(
    fc.property(list, list, item, (similar, popular, refused) => {
      const fused = fuseRanks({ similar, popular }, 100, (one) => one !== refused)
      const ranked = (items: string[]) => [...new Set(items)].filter((one) => one !== refused)
      for (const { item: name, score, ranks } of fused) {
        const places = [ranked(similar).indexOf(name) + 1, ranked(popular).indexOf(name) + 1]
        expect([ranks.similar ?? 0, ranks.popular ?? 0]).toEqual(places)
        const sum = places.reduce((total, rank) => total + (rank > 0 ? 1 / (60 + rank) : 0), 0)
        expect(score).toBeCloseTo(sum, 12)
      }
      const names = fused.map((one) => one.item)
      expect(new Set(names)).toEqual(new Set(ranked([...similar, ...popular])))
      const inOrder = fused.toSorted((a, b) => b.score - a.score || (a.item < b.item ? -1 : 1))
      expect(fused).toEqual(inOrder)
    }),
  )
})

test('The limit keeps the best items', () => {
  const fused = fuseRanks({ list: ['a', 'b'], new: ['b', 'c'] }, 2, () => true)
  expect(fused.map((one) => one.item)).toEqual(['b', 'a'])
})
