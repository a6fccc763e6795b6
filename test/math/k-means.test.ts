import { describe, expect, test } from 'vitest'
import { dotOf, type RowMatrix, rowMatrix } from '../../functions/math/dot-rows.ts'
import { kMeans } from '../../functions/math/k-means.ts'
import { seededUniform } from '../../functions/math/random.ts'

/** Rows of length 1 near one of `directions` axes each. */
function nearAxes(rows: number, directions: number): RowMatrix {
  const uniform = seededUniform(3)
  const numbers = new Float32Array(rows * directions)
  for (let row = 0; row < rows; row++) {
    const own = Float64Array.from({ length: directions }, () => 0.2 * (uniform() - 0.5))
    own[row % directions]! += 1
    const length = Math.hypot(...own)
    numbers.set(
      own.map((x) => x / length),
      row * directions,
    )
  }
  return rowMatrix(numbers, directions)
}
const OPTIONS = { cells: 6, rowsPerCell: 100, rounds: 20, seed: 5 }
const bitsOf = (matrix: RowMatrix): number[] =>
  Array.from({ length: matrix.rows }, (_, row) => [...matrix.row(row)]).flat()
const squaresOf = (row: Float32Array): number => row.reduce((sum, x) => sum + x * x, 0)

describe('Spherical k-means', () => {
  test('Centroids have length one', () => {
    const centroids = kMeans(nearAxes(100, 6), OPTIONS)
    for (let cell = 0; cell < 6; cell++) expect(squaresOf(centroids.row(cell))).toBeCloseTo(1, 6)
  })

  test('A centroid is the direction of the mean of its rows', () => {
    const rows = nearAxes(300, 6)
    const centroids = kMeans(rows, OPTIONS)
    const means = Array.from({ length: 6 }, () => new Float64Array(6))
    for (let row = 0; row < rows.rows; row++) {
      const cell = centroids.nearestTo(rows.row(row))
      rows.row(row).forEach((x, i) => {
        means[cell]![i]! += x
      })
    }
    for (const [cell, mean] of means.entries()) {
      const unit = Float32Array.from(mean, (x) => x / Math.hypot(...mean))
      expect(dotOf(unit, centroids.row(cell))).toBeCloseTo(1, 6)
    }
  })

  test('More rounds never make the cells worse', () => {
    const rows = nearAxes(500, 8)
    const nearness = (rounds: number): number => {
      const centroids = kMeans(rows, { ...OPTIONS, cells: 20, rounds })
      let sum = 0
      for (let row = 0; row < rows.rows; row++)
        sum += Math.max(...centroids.scoresOf(rows.row(row)))
      return sum
    }
    const by = [0, 1, 2, 4, 8].map(nearness)
    for (const [i, one] of by.slice(1).entries()) expect(one).toBeGreaterThanOrEqual(by[i]! - 1e-3)
  })

  test('Equal rows, options and seed give equal bits', () => {
    const first = bitsOf(kMeans(nearAxes(200, 6), OPTIONS))
    expect(bitsOf(kMeans(nearAxes(200, 6), OPTIONS))).toEqual(first)
    expect(bitsOf(kMeans(nearAxes(200, 6), { ...OPTIONS, seed: 6 }))).not.toEqual(first)
  })

  test('Rows that are all equal, opposite, or too few have cells', () => {
    const equal = rowMatrix(
      Float32Array.from({ length: 20 }, (_, i) => (i + 1) % 2),
      2,
    )
    expect(bitsOf(kMeans(equal, { ...OPTIONS, cells: 3 }))).toEqual([1, 0, 1, 0, 1, 0])
    const opposite = rowMatrix(Float32Array.of(1, 0, -1, 0), 2)
    expect(squaresOf(kMeans(opposite, { ...OPTIONS, cells: 1 }).row(0))).toBe(1)
    expect(kMeans(opposite, OPTIONS).rows).toBe(2)
    expect(kMeans(rowMatrix(new Float32Array(), 2), OPTIONS).rows).toBe(0)
  })
})
