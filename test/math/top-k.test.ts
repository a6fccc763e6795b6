import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { descending } from '../../functions/math/descending.ts'
import { TopK } from '../../functions/math/top-k.ts'

const scores = fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 60 })
const sorted = (values: readonly number[]) =>
  values
    .map((score, place) => ({ place, score }))
    .sort((a, b) => b.score - a.score || a.place - b.place)

describe('The best of many scores', () => {
  test('The k best are those of a sort, in any order', () => {
    fc.assert(
      fc.property(scores, fc.nat({ max: 70 }), fc.boolean(), (values, k, isReversed) => {
        const best = new TopK(k)
        const places = [...values.keys()]
        for (const place of isReversed ? places.reverse() : places)
          if (best.admits(values[place]!, place)) best.keep(values[place]!, place)
        expect(best.sorted()).toEqual(sorted(values).slice(0, k))
        expect(best.isFull).toBe(values.length >= k)
      }),
    )
  })

  test('A score below the floor is not kept', () => {
    const best = new TopK(2)
    expect(best.floor).toBe(Number.NEGATIVE_INFINITY)
    best.keep(3, 0)
    best.keep(1, 1)
    expect(best.floor).toBe(1)
    expect(best.admits(1, 0)).toBe(true)
    expect(best.admits(1, 2)).toBe(false)
    expect(new TopK(0).admits(1, 0)).toBe(false)
    expect(new TopK(0).floor).toBe(Number.POSITIVE_INFINITY)
  })

  test('Places in descending order of score are those of a sort', () => {
    fc.assert(
      fc.property(scores, (values) => {
        expect([...descending(values)]).toEqual(sorted(values).map(({ place }) => place))
      }),
    )
  })
})
