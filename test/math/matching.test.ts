import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assign } from '../../functions/math/assignment.ts'
import { isotonic } from '../../functions/math/isotonic.ts'
import { jaro, jaroWinkler } from '../../functions/math/jaro-winkler.ts'
import { matchingMarginals } from '../../functions/math/matching-marginals.ts'

/** The greatest total weight, by trying all assignments. */
function bestTotal(weights: readonly number[][], row = 0, taken = new Set<number>()): number {
  if (row === weights.length) return 0
  let best = bestTotal(weights, row + 1, taken)
  for (const [column, weight] of weights[row]!.entries()) {
    if (taken.has(column)) continue
    best = Math.max(best, weight + bestTotal(weights, row + 1, new Set([...taken, column])))
  }
  return best
}

describe('Assignment', () => {
  const tables = fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
    .chain(([rows, columns]) =>
      fc.array(
        fc.array(fc.integer({ min: -3, max: 9 }), { minLength: columns, maxLength: columns }),
        { minLength: rows, maxLength: rows },
      ),
    )

  test('The total weight is the greatest of all assignments', () => {
    fc.assert(
      fc.property(tables, (weights) => {
        const [rows, columns] = [weights.length, weights[0]!.length]
        const columnOf = assign(weights.flat(), rows, columns)
        const taken = [...columnOf].filter((column) => column !== -1)
        expect(new Set(taken).size).toBe(taken.length)
        const total = [...columnOf].reduce(
          (sum, column, row) => sum + (column === -1 ? 0 : weights[row]![column]!),
          0,
        )
        expect(total).toBe(bestTotal(weights))
      }),
    )
  })

  test('A forbidden pair is never assigned', () => {
    const never = Number.NEGATIVE_INFINITY
    expect([...assign([never, 1, never, 5], 2, 2)]).toEqual([-1, 1])
    expect([...assign([never, never], 1, 2)]).toEqual([-1])
    expect([...assign([], 0, 3)]).toEqual([])
  })
})

describe('Matching marginals', () => {
  type Edge = [a: number, b: number, odds: number]
  /** Sums over all sets of edges that share no node. */
  function countMatchings(edges: readonly Edge[]): number[] {
    const sums = edges.map(() => 0)
    let total = 0
    for (let set = 0; set < 2 ** edges.length; set++) {
      const own = edges.map((edge, at) => ({ edge, at })).filter(({ at }) => set & (1 << at))
      const ends = own.flatMap(({ edge: [a, b] }) => [a, b])
      if (new Set(ends).size !== ends.length) continue
      const weight = own.reduce((product, { edge }) => product * edge[2], 1)
      total += weight
      for (const { at } of own) sums[at]! += weight
    }
    return sums.map((sum) => sum / total)
  }
  const marginals = (edges: readonly Edge[], nodes: number): number[] => [
    ...matchingMarginals(
      {
        a: Int32Array.from(edges, ([a]) => a),
        b: Int32Array.from(edges, ([, b]) => b),
        nodes,
      },
      Float64Array.from(edges, ([, , odds]) => odds),
    ),
  ]

  test('In a tree they are exact', () => {
    const tree = fc.array(fc.tuple(fc.nat(100), fc.double({ min: 0.01, max: 100, noNaN: true })), {
      minLength: 1,
      maxLength: 9,
    })
    fc.assert(
      fc.property(tree, (links) => {
        const edges = links.map(([up, odds], at): Edge => [up % (at + 1), at + 1, odds])
        const found = marginals(edges, edges.length + 1)
        for (const [at, exact] of countMatchings(edges).entries())
          expect(found[at]).toBeCloseTo(exact, 4)
      }),
    )
  })

  test('In a square they are close', () => {
    const edges: Edge[] = [
      [0, 2, 3],
      [0, 3, 1],
      [1, 2, 1],
      [1, 3, 0.5],
    ]
    const exact = countMatchings(edges)
    for (const [at, found] of marginals(edges, 4).entries())
      expect(Math.abs(found - exact[at]!)).toBeLessThan(0.08)
  })

  test('An edge of odds zero is never taken', () => {
    expect(marginals([[0, 1, 0]], 2)).toEqual([0])
  })
})

describe('Isotonic regression', () => {
  test('It is the min-max formula of weighted means', () => {
    const points = fc.array(
      fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: 1, max: 5 })),
      {
        maxLength: 8,
      },
    )
    fc.assert(
      fc.property(points, (list) => {
        const mean = (from: number, through: number): number => {
          const own = list.slice(from, through + 1)
          const weight = own.reduce((sum, [, w]) => sum + w, 0)
          return own.reduce((sum, [value, w]) => sum + value * w, 0) / weight
        }
        const places = [...list.keys()]
        const expected = places.map((at) =>
          Math.max(
            ...places
              .filter((from) => from <= at)
              .map((from) =>
                Math.min(...places.filter((to) => to >= at).map((to) => mean(from, to))),
              ),
          ),
        )
        const found = isotonic(
          list.map(([value]) => value),
          list.map(([, weight]) => weight),
        )
        expect(found.length).toBe(expected.length)
        for (const [at, value] of found.entries()) expect(value).toBeCloseTo(expected[at]!, 9)
      }),
    )
  })
})

describe('Jaro and Winkler', () => {
  test('Similarities are those of the tables of Winkler', () => {
    for (const [a, b, plain, winkler] of [
      ['MARTHA', 'MARHTA', 0.944, 0.961],
      ['DWAYNE', 'DUANE', 0.822, 0.84],
      ['DIXON', 'DICKSONX', 0.767, 0.813],
      ['JERALDINE', 'GERALDINE', 0.926, 0.926],
    ] as const) {
      expect(jaro(a, b)).toBeCloseTo(plain, 3)
      expect(jaroWinkler(a, b)).toBeCloseTo(winkler, 3)
    }
  })

  test('Similarity is symmetric, in the unit interval, and one for equals', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const similarity = jaroWinkler(a, b)
        expect(similarity).toBeGreaterThanOrEqual(0)
        expect(similarity).toBeLessThanOrEqual(1)
        expect(jaroWinkler(a, a)).toBe(1)
        expect(jaro(b, a)).toBeCloseTo(jaro(a, b), 1)
      }),
    )
  })
})
