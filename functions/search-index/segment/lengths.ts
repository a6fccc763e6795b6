import { type BitReader, BitWriter } from './bits.ts'
import { type BitColumn, openColumn, writeColumn } from './columns.ts'
import { encodeNorm, NORM_LENGTHS } from './norms.ts'

/** The norms of a field, one byte a document. */
export const normsOf = (lengths: ArrayLike<number>): Uint8Array =>
  Uint8Array.from(lengths, encodeNorm)

/** For each field a column of what a length is above the least one of its norm: 0 up to 39 tokens. */
export function encodeLengths(fields: readonly ArrayLike<number>[]): Uint8Array {
  const writer = new BitWriter()
  for (const lengths of fields)
    writeColumn(
      writer,
      Array.from(lengths, (length) => length - NORM_LENGTHS[encodeNorm(length)]!),
    )
  return writer.written()
}

/** Opens the column of the next field. */
export const openLengths = (reader: BitReader, count: number): BitColumn =>
  openColumn(reader, count)
export const lengthAt = (norms: Uint8Array, rests: BitColumn, doc: number): number =>
  NORM_LENGTHS[norms[doc]!]! + rests.get(doc)
