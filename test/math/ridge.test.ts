import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crossFit } from '../../functions/math/cross-fit.ts'
import { seededUniform } from '../../functions/math/random.ts'
import {
  addRow,
  combineSums,
  emptySums,
  predictRidge,
  type RidgeModel,
  solveRidge,
  squaredError,
} from '../../functions/math/ridge.ts'

interface Shape {
  rows: number
  inputs: number
  outputs: number
}
/** Rows whose outputs are a linear function of the inputs, and noise. */
function drawRows({ rows, inputs, outputs }: Shape, noise: number, seed: number) {
  const uniform = seededUniform(seed)
  const draw = (n: number): Float32Array => Float32Array.from({ length: n }, () => uniform() - 0.5)
  const [x, weights, bias] = [draw(rows * inputs), draw(inputs * outputs), draw(outputs)]
  const y = Float32Array.from({ length: rows * outputs }, (_, at) => {
    const [row, o] = [Math.floor(at / outputs), at % outputs]
    let sum = bias[o]! + noise * (uniform() - 0.5)
    for (let i = 0; i < inputs; i++) sum += weights[i * outputs + o]! * x[row * inputs + i]!
    return sum
  })
  return { rows, inputs, outputs, x, y, weights, bias }
}
type Rows = ReturnType<typeof drawRows>

function sumsOf({ rows, inputs, outputs, x, y }: Rows, from = 0, to = rows) {
  const sums = emptySums(inputs, outputs)
  for (let row = from; row < to; row++) addRow(sums, x, y, row * inputs, row * outputs)
  return sums
}

/** The penalized normal equations with a column of ones, by Gaussian elimination with pivots. */
function solveDirectly({ rows, inputs, outputs, x, y }: Rows, lambda: number): number[][] {
  const n = inputs + 1
  const at = (row: number, i: number): number => (i < inputs ? x[row * inputs + i]! : 1)
  const matrix = Array.from({ length: n }, (_, i) => [
    ...Array.from({ length: n }, (__, j) => {
      let sum = i === j && i < inputs ? lambda : 0
      for (let row = 0; row < rows; row++) sum += at(row, i) * at(row, j)
      return sum
    }),
    ...Array.from({ length: outputs }, (__, o) => {
      let sum = 0
      for (let row = 0; row < rows; row++) sum += at(row, i) * y[row * outputs + o]!
      return sum
    }),
  ])
  for (let c = 0; c < n; c++) {
    const pivot = matrix.slice(c).reduce((a, b) => (Math.abs(a[c]!) >= Math.abs(b[c]!) ? a : b))
    matrix.splice(matrix.indexOf(pivot), 1)
    matrix.splice(c, 0, pivot)
    for (let r = 0; r < n; r++) {
      if (r === c) continue
      const factor = matrix[r]![c]! / pivot[c]!
      matrix[r] = matrix[r]!.map((value, k) => value - factor * pivot[k]!)
    }
  }
  return matrix.map((row, i) => row.slice(n).map((value) => value / row[i]!))
}

/** The mean sum of squares of a centred input, which penalties are relative to. */
function scaleOf({ rows, inputs, x }: Rows): number {
  let total = 0
  for (let i = 0; i < inputs; i++) {
    const column = Array.from({ length: rows }, (_, row) => x[row * inputs + i]!)
    const mean = column.reduce((sum, value) => sum + value, 0) / rows
    total += column.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  }
  return total / inputs
}

const shapes = fc.record({
  rows: fc.integer({ min: 6, max: 30 }),
  inputs: fc.integer({ min: 1, max: 5 }),
  outputs: fc.integer({ min: 1, max: 3 }),
})

test('Ridge regression solves the penalized normal equations', () => {
  fc.assert(
    fc.property(
      shapes,
      fc.double({ min: 0.01, max: 10, noNaN: true }),
      fc.nat(),
      (shape, penalty, seed) => {
        const data = drawRows(shape, 0.3, seed)
        const { weights, intercept } = solveRidge(sumsOf(data), penalty)
        const expected = solveDirectly(data, penalty * scaleOf(data))
        for (let o = 0; o < shape.outputs; o++) {
          for (let i = 0; i < shape.inputs; i++)
            expect(weights[i * shape.outputs + o]).toBeCloseTo(expected[i]![o]!, 7)
          expect(intercept[o]).toBeCloseTo(expected[shape.inputs]![o]!, 7)
        }
      },
    ),
    { numRuns: 50 },
  )
})

test('A vanishing penalty recovers a linear function exactly', () => {
  const data = drawRows({ rows: 40, inputs: 6, outputs: 2 }, 0, 5)
  const { weights, intercept } = solveRidge(sumsOf(data), 1e-9)
  expect([...weights].map((value, i) => Math.abs(value - data.weights[i]!) < 1e-5)).not.toContain(
    false,
  )
  expect(intercept[1]).toBeCloseTo(data.bias[1]!, 5)
})

test('An endless penalty predicts the mean', () => {
  const data = drawRows({ rows: 40, inputs: 6, outputs: 2 }, 0.1, 6)
  const sums = sumsOf(data)
  const { weights, intercept } = solveRidge(sums, 1e12)
  expect(Math.max(...weights.map(Math.abs))).toBeLessThan(1e-9)
  expect(intercept[0]).toBeCloseTo(sums.y[0]! / 40, 9)
})

test('Constant inputs predict the mean', () => {
  const sums = emptySums(2, 1)
  for (const y of [1, 2, 6]) addRow(sums, [4, 4], [y])
  expect(solveRidge(sums, 0.1)).toEqual({
    weights: new Float64Array(2),
    intercept: Float64Array.of(3),
  })
  expect(solveRidge(emptySums(2, 1), 0.1).intercept).toEqual(new Float64Array(1))
})

function errorOf(model: RidgeModel, { inputs, outputs, x, y, rows }: Rows): number {
  const prediction = new Float64Array(outputs)
  let error = 0
  for (let row = 0; row < rows; row++) {
    predictRidge(model, x, row * inputs, inputs, prediction, 0)
    for (let o = 0; o < outputs; o++) error += (prediction[o]! - y[row * outputs + o]!) ** 2
  }
  return error
}

test('The squared error from sums is that of the rows', () => {
  fc.assert(
    fc.property(shapes, fc.nat(), (shape, seed) => {
      const [data, others] = [drawRows(shape, 0.5, seed), drawRows(shape, 0.5, seed + 1)]
      const model = solveRidge(sumsOf(others), 0.5)
      expect(squaredError(model, sumsOf(data))).toBeCloseTo(errorOf(model, data), 6)
    }),
    { numRuns: 50 },
  )
})

test('Sums of two sets of rows are those of both', () => {
  const data = drawRows({ rows: 20, inputs: 3, outputs: 2 }, 0.5, 1)
  const [all, both] = [sumsOf(data), combineSums(sumsOf(data, 0, 8), sumsOf(data, 8))]
  expect(both.rows).toBe(20)
  for (const [i, value] of both.xx.entries()) expect(value).toBeCloseTo(all.xx[i]!, 9)
  for (const [i, value] of both.xy.entries()) expect(value).toBeCloseTo(all.xy[i]!, 9)
})

test('Outputs of a row change nothing about its own cross-fitted prediction', () => {
  const data = drawRows({ rows: 60, inputs: 4, outputs: 2 }, 0.5, 3)
  const foldOf = (row: number): number => row % 5
  const before = crossFit(data, 5, foldOf)
  const changed = { ...data, y: data.y.slice() }
  // All rows of the second fold get other outputs.
  for (let row = 1; row < 60; row += 5) changed.y.fill(99, 2 * row, 2 * row + 2)
  const after = crossFit(changed, 5, foldOf)
  const outputsOf = (predictions: Float32Array, row: number) => [
    ...predictions.subarray(2 * row, 2 * row + 2),
  ]
  for (let row = 1; row < 60; row += 5)
    expect(outputsOf(after.predictions, row)).toEqual(outputsOf(before.predictions, row))
  expect(outputsOf(after.predictions, 0)).not.toEqual(outputsOf(before.predictions, 0))
})

test('Cross-fitting explains what inputs say, and nothing of noise', () => {
  const shape = { rows: 300, inputs: 8, outputs: 3 }
  const foldOf = (row: number): number => row % 5
  expect(crossFit(drawRows(shape, 0.2, 1), 5, foldOf).explained).toBeGreaterThan(0.9)
  const data = drawRows(shape, 0.2, 1)
  const noise = { ...data, y: drawRows(shape, 0, 77).x.slice(0, data.y.length) }
  expect(crossFit(noise, 5, foldOf).explained).toBeLessThan(0.05)
})
