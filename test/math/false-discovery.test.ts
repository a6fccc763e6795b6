import { describe, expect, test } from 'vitest'
import { addCount, type ClassCounts, leastCounts } from '../../functions/math/false-discovery.ts'

const counts = (
  ...entries: readonly (readonly [group: number, count: number, times: number])[]
) => {
  const made: ClassCounts = new Map()
  for (const [group, count, times] of entries)
    for (let n = 0; n < times; n++) addCount(made, group, count)
  return made
}

describe('the cut at a false discovery rate', () => {
  test('The least count keeps at most the stated share of chance', () => {
    const observed = counts([1, 2, 100], [1, 5, 40], [1, 9, 30])
    // On average, and one draw more: 9 reach two, 3 reach five, and none nine.
    const drawn = counts([1, 2, 60], [1, 5, 29])
    expect(leastCounts({ observed, drawn, draws: 10 }, 2, 0.05)).toEqual(new Map([[1, 5]]))
    expect(leastCounts({ observed, drawn, draws: 10 }, 2, 0.5)).toEqual(new Map([[1, 2]]))
    expect(leastCounts({ observed, drawn, draws: 10 }, 6, 0.05)).toEqual(new Map([[1, 9]]))
  })

  test('Nothing is kept where draws reach as much', () => {
    const observed = counts([1, 2, 3], [2, 8, 1])
    const drawn = counts([1, 2, 30], [2, 8, 10])
    expect(leastCounts({ observed, drawn, draws: 10 }, 2, 0.05)).toEqual(new Map())
    expect(leastCounts({ observed: new Map(), drawn, draws: 10 }, 2, 0.05)).toEqual(new Map())
  })

  test('Many classes without a find raise the cut of the others', () => {
    const few = counts([0, 9, 4])
    expect(leastCounts({ observed: few, drawn: new Map(), draws: 100 }, 2, 0.05).get(0)).toBe(9)
    const many = counts([0, 9, 4], ...Array.from({ length: 300 }, (_, n) => [n + 1, 1, 9] as const))
    expect(leastCounts({ observed: many, drawn: new Map(), draws: 100 }, 2, 0.05)).toEqual(
      new Map(),
    )
  })
})
