import { describe, expect, test } from 'vitest'
import { rowOf, type SpaceTables } from '../../../functions/embeddings/align/space-tables.ts'
import { measureOverlap } from '../../../functions/embeddings/gate/overlap.ts'
import { DIMENSIONS, trainedSpace } from '../../make/spaces.ts'

const [served, otherSeed, fresh] = [trainedSpace(1), trainedSpace(2), trainedSpace(3)]

/** The same figures by sorting all cosines of all items, without samples. */
function bruteOverlap(a: SpaceTables, b: SpaceTables, side: 'in' | 'users'): number {
  const neighbours = ({ items: own, users }: SpaceTables) => {
    const queries = side === 'in' ? own : users
    const candidates = side === 'in' ? own.in : own.out!
    return queries.ids.map((id, n) => {
      const query = [...rowOf(queries.in, n, DIMENSIONS)]
      const scored = own.ids.map((other, m) => {
        const row = [...rowOf(candidates, m, DIMENSIONS)]
        const product = row.reduce((sum, value, at) => sum + value * query[at]!, 0)
        return { other, score: side === 'in' ? product / Math.hypot(...row) : product }
      })
      return scored
        .filter(({ other }) => side === 'users' || other !== id)
        .sort((x, y) => y.score - x.score)
        .slice(0, 10)
        .map(({ other }) => other)
    })
  }
  const [first, second] = [neighbours(a), neighbours(b)]
  const isAsked = (n: number): boolean => side === 'users' || a.items.degree[n]! >= 26
  const shares = first.flatMap((list, n) =>
    isAsked(n) ? [list.filter((id) => second[n]!.includes(id)).length / 10] : [],
  )
  return shares.reduce((sum, share) => sum + share, 0) / shares.length
}

describe('the overlap of neighbours', () => {
  test.each(['in', 'users'] as const)('It is the one of a full search: %s', (side) => {
    const found = measureOverlap(side, fresh, otherSeed, served)!
    expect(found.seeds).toBeCloseTo(bruteOverlap(fresh, otherSeed, side), 10)
    expect(found.served).toBeCloseTo(bruteOverlap(fresh, served, side), 10)
    expect(found.chance).toBeLessThan(0.2)
  })

  test('A space has all neighbours in common with itself', () => {
    const own = measureOverlap('out', fresh, fresh, fresh)!
    expect([own.seeds, own.served, own.seedsServed]).toEqual([1, 1, 1])
  })
})
