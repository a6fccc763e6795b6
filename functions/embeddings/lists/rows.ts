import type { RecallRow, VectorRow } from '../../contract/embedding-rows.ts'
import { ANY_SEGMENT, popularSk } from '../../contract/embedding-rows.ts'
import type { RecallList } from './list.ts'
import type { PopularList } from './popular.ts'

/** f32, little-endian, on every machine. */
export function encodeFloats(numbers: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 * numbers.length)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < numbers.length; i++) view.setFloat32(4 * i, numbers[i]!, true)
  return bytes
}

/** What a list adds to the row of its user or item. An empty list adds nothing. */
export const listColumns = ({ items, scores }: RecallList): Pick<VectorRow, 'items' | 'scores'> =>
  items.length > 0 ? { items, scores: encodeFloats(scores) } : {}

export const recallRow = ({ items, scores }: RecallList, closedThroughMs: number): RecallRow => ({
  items,
  scores: encodeFloats(scores),
  closedThroughMs,
})

export const popularRowSk = ({ segment, hour }: PopularList): string =>
  popularSk(segment ?? ANY_SEGMENT, hour ?? '*')
