import { expect, test } from 'vitest'
import { type ConfidenceRows, implicitLoss, solveFactors } from '../../functions/math/als.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { invertByElimination } from './gauss-jordan.ts'

const [USERS, ITEMS, WIDTH, L2] = [11, 7, 4, 0.3] as const
const SHAPE = { width: WIDTH, l2: L2, steps: 2 }
/** c − 1 of each pair; 0: no event. User 4 has none, and neither has item 2. */
function drawEvents(): number[][] {
  const uniform = seededUniform(7)
  return Array.from({ length: USERS }, (_, user) =>
    Array.from({ length: ITEMS }, (__, item) =>
      user !== 4 && item !== 2 && uniform() < 0.4 ? 1 + 9 * uniform() : 0,
    ),
  )
}
function rowsOf(pairs: readonly (readonly number[])[]): ConfidenceRows {
  const events = pairs.map((row) =>
    row.flatMap((confidence, target) => (confidence > 0 ? [{ confidence, target }] : [])),
  )
  const offsets = [0]
  for (const row of events) offsets.push(offsets.at(-1)! + row.length)
  return {
    offsets: Uint32Array.from(offsets),
    targets: Uint32Array.from(events.flat(), ({ target }) => target),
    confidences: Float32Array.from(events.flat(), ({ confidence }) => confidence),
  }
}
const transpose = (pairs: readonly (readonly number[])[]): number[][] =>
  pairs[0]!.map((_, item) => pairs.map((row) => row[item]!))
const draw = (rows: number, seed: number): Float64Array => {
  const uniform = seededUniform(seed)
  return Float64Array.from({ length: rows * WIDTH }, () => uniform() - 0.5)
}
const vector = (rows: Float64Array, row: number): number[] =>
  Array.from(rows.subarray(row * WIDTH, (row + 1) * WIDTH))
const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * b[i]!, 0)

/** (Yᵀ·C·Y + l2·I)⁻¹·Yᵀ·C·p over all items, as equation 4 of the paper is written. */
function solveNaively(confidences: readonly number[], y: Float64Array): number[] {
  const items = confidences.map((c, item) => ({ c, vector: vector(y, item) }))
  const matrix = Array.from({ length: WIDTH }, (_, i) =>
    Array.from({ length: WIDTH }, (__, j) =>
      items.reduce(
        (sum, { c, vector: v }) => sum + (1 + Math.fround(c)) * v[i]! * v[j]!,
        i === j ? L2 : 0,
      ),
    ),
  )
  const rhs = Array.from({ length: WIDTH }, (_, i) =>
    items.reduce((sum, { c, vector: v }) => sum + (c > 0 ? (1 + Math.fround(c)) * v[i]! : 0), 0),
  )
  return invertByElimination(matrix).map((row) => dot(row, rhs))
}

test('With a step a factor, half a sweep solves the equations exactly', () => {
  const pairs = drawEvents()
  const items = draw(ITEMS, 1)
  const users = draw(USERS, 2)
  solveFactors(rowsOf(pairs), items, { ...SHAPE, steps: WIDTH }, users)
  for (const [user, confidences] of pairs.entries())
    solveNaively(confidences, items).forEach((value, i) => {
      expect(users[user * WIDTH + i]).toBeCloseTo(value, 9)
    })
})

test('The loss equals its sum over all pairs', () => {
  const pairs = drawEvents()
  const [users, items] = [draw(USERS, 3), draw(ITEMS, 4)]
  let expected = L2 * [...users, ...items].reduce((sum, x) => sum + x * x, 0)
  for (const [user, row] of pairs.entries())
    for (const [item, c] of row.entries()) {
      const error = (c > 0 ? 1 : 0) - dot(vector(users, user), vector(items, item))
      expected += (1 + Math.fround(c)) * error ** 2
    }
  expect(implicitLoss(rowsOf(pairs), users, items, SHAPE)).toBeCloseTo(expected, 8)
})

test('Each half sweep lowers the loss', () => {
  const pairs = drawEvents()
  const [byUser, byItem] = [rowsOf(pairs), rowsOf(transpose(pairs))]
  const [users, items] = [draw(USERS, 5), draw(ITEMS, 6)]
  let loss = implicitLoss(byUser, users, items, SHAPE)
  for (let sweep = 0; sweep < 6; sweep++)
    for (const [rows, fixed, solved] of [
      [byUser, items, users],
      [byItem, users, items],
    ] as const) {
      solveFactors(rows, fixed, SHAPE, solved)
      const next = implicitLoss(byUser, users, items, SHAPE)
      expect(next).toBeLessThan(loss)
      loss = next
    }
})

test('Rows without events have no factors', () => {
  const users = draw(USERS, 8)
  solveFactors(rowsOf(drawEvents()), draw(ITEMS, 9), SHAPE, users)
  expect(vector(users, 4)).toEqual([0, 0, 0, 0])
})
