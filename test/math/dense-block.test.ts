import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Bipartite, densestBlock, logColumnWeights } from '../../functions/math/dense-block.ts'
import { MinTree } from '../../functions/math/min-tree.ts'
import { seededUniform } from '../../functions/math/random.ts'

/** A graph whose edges weigh what their columns do, as in the paper. */
function graphOf(edges: readonly (readonly [number, number])[]): Bipartite {
  const row = Uint32Array.from(edges, ([r]) => r)
  const column = Uint32Array.from(edges, ([, c]) => c)
  const columns = Math.max(...column) + 1
  const degrees = new Float64Array(columns)
  for (const c of column) degrees[c]!++
  const weights = logColumnWeights(degrees)
  const weight = Float64Array.from(column, (c) => weights[c]!)
  return { rows: Math.max(...row) + 1, columns, row, column, weight }
}

/** All blocks of a small graph, one by one. */
function bestOfAll({ rows, columns, row, column, weight }: Bipartite): number {
  let best = 0
  for (let chosen = 1; chosen < 1 << (rows + columns); chosen++) {
    const has = (node: number): boolean => (chosen & (1 << node)) !== 0
    const nodes = chosen.toString(2).replaceAll('0', '').length
    const inside = weight.filter((_, e) => has(row[e]!) && has(rows + column[e]!))
    best = Math.max(best, inside.reduce((sum, value) => sum + value, 0) / nodes)
  }
  return best
}

/**
 * The example that the authors publish with FRAUDAR 1.1 (`data/example.txt`, Apache License 2.0): 500 ×
 * 500 with a clique of the first 20 rows and columns. Their program prints the score 3.0490294.
 */
test("The densest block of FRAUDAR's own example is the planted one", () => {
  const lines = readFileSync(join(import.meta.dirname, 'fixtures/fraudar-example.txt'), 'utf8')
  const edges = lines
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number) as [number, number])
  const block = densestBlock(graphOf(edges))
  const first20 = Array.from({ length: 20 }, (_, n) => n)
  expect(block.rows).toEqual(first20)
  expect(block.columns).toEqual(first20)
  expect(block.score).toBeCloseTo(3.0490294, 7)
})

test('Greedy peeling reaches half of the best score of small graphs', () => {
  for (let seed = 0; seed < 20; seed++) {
    const uniform = seededUniform(seed)
    const edges = Array.from({ length: 25 }, (_, n) => [Math.floor(n / 5), n % 5] as const)
    const graph = graphOf(edges.filter(([r, c]) => uniform() < 0.4 || r + c === 8))
    const { score } = densestBlock(graph)
    const best = bestOfAll(graph)
    expect(score).toBeLessThanOrEqual(best + 1e-12)
    expect(score).toBeGreaterThanOrEqual(best / 2)
  }
})

test('Negative edges keep their columns out of a block', () => {
  const { score, rows, columns } = densestBlock({
    rows: 3,
    columns: 2,
    row: Uint32Array.of(0, 1, 0, 1, 2),
    column: Uint32Array.of(0, 0, 1, 1, 0),
    weight: Float64Array.of(1, 1, -1, -1, -2),
  })
  expect({ score, rows, columns }).toEqual({ score: 2 / 3, rows: [0, 1], columns: [0] })
})

test('A graph without edges has an empty score', () => {
  const none = { row: new Uint32Array(), column: new Uint32Array(), weight: new Float64Array() }
  expect(densestBlock({ rows: 0, columns: 0, ...none }).score).toBe(0)
  expect(densestBlock({ rows: 3, columns: 2, ...none }).score).toBe(0)
})

test('A tree of minima agrees with a scan after each change', () => {
  const uniform = seededUniform(7)
  const values = Float64Array.from({ length: 37 }, uniform)
  const tree = new MinTree(values)
  for (let n = 0; n < 200; n++) {
    const place = Math.floor(uniform() * values.length)
    values[place] = n % 5 === 0 ? Number.POSITIVE_INFINITY : uniform()
    tree.set(place, values[place]!)
    expect(tree.least).toBe(Math.min(...values))
    expect(tree.placeOfLeast()).toBe(values.indexOf(tree.least))
  }
})
