import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import wabt from 'wabt'
import { dotOf, RowMatrix, rowMatrix } from '../../functions/math/dot-rows.ts'
import { DOT_ROWS_WASM } from '../../functions/math/dot-rows-wasm.ts'

const SOURCE = join(import.meta.dirname, '..', '..', 'functions', 'math', 'dot-rows.wat')

const numbers = (length: number) =>
  fc
    .array(fc.float({ noNaN: true, min: -1000, max: 1000 }), {
      ...{ minLength: length, maxLength: length },
    })
    .map((values) => Float32Array.from(values))

describe('Products of a query with rows', () => {
  test('The compiled module is what its source compiles to', async () => {
    const { parseWat } = await wabt()
    const parsed = parseWat('dot-rows.wat', readFileSync(SOURCE, 'utf8'), { simd: true })
    const { buffer } = parsed.toBinary({})
    expect(Buffer.from(buffer).toString('base64')).toBe(DOT_ROWS_WASM)
  })

  test('The kernel and its plain twin give the same bits', () => {
    const shape = fc.record({
      rows: fc.nat({ max: 9 }),
      dimensions: fc.integer({ min: 1, max: 13 }),
    })
    fc.assert(
      fc.property(
        shape.chain(({ rows, dimensions }) =>
          fc.tuple(fc.constant(dimensions), numbers(rows * dimensions), numbers(dimensions)),
        ),
        ([dimensions, all, query]) => {
          const matrix = rowMatrix(all, dimensions)
          const scores = [...matrix.scoresOf(query)]
          expect(scores).toEqual(scores.map((_, row) => dotOf(query, matrix.row(row))))
        },
      ),
    )
  })

  test('They are sums of products, up to the rounding of f32', () => {
    const a = Float32Array.from({ length: 67 }, (_, i) => Math.sin(i))
    const b = Float32Array.from({ length: 67 }, (_, i) => Math.cos(3 * i))
    const exact = a.reduce((sum, x, i) => sum + x * b[i]!, 0)
    expect(dotOf(a, b)).toBeCloseTo(exact, 5)
  })

  test('A range of rows is scored, whatever its ends', () => {
    const matrix = rowMatrix(
      Float32Array.from({ length: 30 }, (_, i) => i),
      3,
    )
    const query = Float32Array.of(1, 10, 100)
    const all = [...matrix.scoresOf(query)]
    expect(all[1]).toBe(3 + 40 + 500)
    for (let from = 0; from <= 10; from++)
      for (let to = from; to <= 10; to++)
        expect([...matrix.scoresOf(query, from, to)]).toEqual(all.slice(from, to))
  })

  test('The nearest row is the first of equal ones', () => {
    const matrix = rowMatrix(Float32Array.of(0, 1, 1, 0, 0, 1), 2)
    expect(matrix.nearestTo(Float32Array.of(0, 2))).toBe(0)
    expect(matrix.nearestTo(Float32Array.of(2, 0))).toBe(1)
    expect(new RowMatrix(0, 2).nearestTo(Float32Array.of(1, 1))).toBe(-1)
  })

  test('A matrix beyond four GiB is refused', () => {
    expect(() => new RowMatrix(2 ** 26, 64)).toThrow(RangeError)
  })
})
