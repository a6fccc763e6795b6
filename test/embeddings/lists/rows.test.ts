import { expect, test } from 'vitest'
import { recallRowSchema } from '../../../functions/contract/embedding-rows.ts'
import { listColumns, recallRow } from '../../../functions/embeddings/lists/rows.ts'

const list = { items: ['b', 'a'], scores: Float32Array.of(1.5, -2) }
/** 1.5 and −2 as f32, little-endian. */
const BYTES = Uint8Array.of(0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0)

test('A row of a list has its scores as little-endian floats', () => {
  const row = recallRow(list, 7)
  expect(row).toEqual({ items: ['b', 'a'], scores: BYTES, closedThroughMs: 7 })
  expect(recallRowSchema.parse(row)).toEqual(row)
})

test('An empty list adds no columns to an entity', () => {
  expect(listColumns(list)).toEqual({ items: ['b', 'a'], scores: BYTES })
  expect(listColumns({ items: [], scores: new Float32Array(0) })).toEqual({})
})
