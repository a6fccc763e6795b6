import fc from 'fast-check'
import { expect, test } from 'vitest'
import { capCategories } from '../../../functions/embeddings/lists/category-cap.ts'

const inputs = fc.record({
  /** By place; −1: none. */
  categories: fc.array(fc.integer({ min: -1, max: 4 }), { maxLength: 60 }),
  size: fc.integer({ min: 1, max: 20 }),
  maxCategoryShare: fc.double({ min: 0.05, max: 1, noNaN: true }),
})
const capped = ({
  categories,
  ...shape
}: { categories: number[] } & Parameters<typeof capCategories>[2]) =>
  capCategories(categories.keys(), (place) => categories[place]!, shape)

test('No category has more than its share of a list', () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const kept = capped(input)
      const most = Math.max(1, Math.floor(input.maxCategoryShare * input.size))
      for (let category = 0; category <= 4; category++)
        expect(
          kept.filter((place) => input.categories[place] === category).length,
        ).toBeLessThanOrEqual(most)
      expect(kept.length).toBeLessThanOrEqual(input.size)
    }),
  )
})

test('The order stays, and nothing is left out without need', () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const kept = capped(input)
      const most = Math.max(1, Math.floor(input.maxCategoryShare * input.size))
      expect(kept).toEqual(kept.toSorted((a, b) => a - b))
      for (const place of input.categories.keys()) {
        if (kept.includes(place)) continue
        const before = kept.filter((other) => other < place)
        const alike = before.filter((other) => input.categories[other] === input.categories[place])
        expect(before.length === input.size || alike.length === most).toBe(true)
      }
    }),
  )
})

test('A list is shorter where its pool has too few categories', () => {
  const categories = [0, 0, 0, 0, 0, 1]
  expect(capped({ categories, size: 4, maxCategoryShare: 0.5 })).toEqual([0, 1, 5])
})

test('Items without a category have no cap', () => {
  const categories = [-1, -1, -1, -1]
  expect(capped({ categories, size: 3, maxCategoryShare: 0.1 })).toEqual([0, 1, 2])
})
