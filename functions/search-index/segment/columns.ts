import type { BitReader, BitWriter } from './bits.ts'

/** One integer a row, all of one width, so that any row is read alone. */
export class BitColumn {
  readonly #view: DataView
  readonly #start: number
  readonly #width: number
  readonly #base: number

  constructor(view: DataView, start: number, width: number, base: number) {
    this.#view = view
    this.#start = start
    this.#width = width
    this.#base = base
  }

  get(row: number): number {
    const width = this.#width
    const bit = row * width
    if (width <= 24) return this.#base + this.#load(bit, width)
    let value = this.#load(bit, 24) + this.#load(bit + 24, Math.min(24, width - 24)) * 2 ** 24
    if (width > 48) value += this.#load(bit + 48, width - 48) * 2 ** 48
    return this.#base + value
  }

  #load(bit: number, width: number): number {
    const loaded = this.#view.getUint32(this.#start + Math.floor(bit / 8), true)
    return (loaded >>> (bit & 7)) & ((1 << width) - 1)
  }
}

/**
 * Writes one integer a row: the width in bits (one byte), the least value (signed LEB128), and for each
 * row what it is above the least, in that many bits. Safe integers; their range is below 2^53.
 */
export function writeColumn(writer: BitWriter, values: ArrayLike<number>): void {
  let min = values.length > 0 ? values[0]! : 0
  let max = min
  for (let i = 1; i < values.length; i++) {
    if (values[i]! < min) min = values[i]!
    if (values[i]! > max) max = values[i]!
  }
  let width = 0
  while (2 ** width <= max - min) width++
  writer.write(width, 8)
  writer.signed(min)
  for (let i = 0; width > 0 && i < values.length; i++) {
    let rest = values[i]! - min
    for (let left = width; left > 0; left -= 24) {
      writer.write(rest % 2 ** 24, Math.min(24, left))
      rest = Math.floor(rest / 2 ** 24)
    }
  }
  writer.align()
}

/** Opens a column of that many rows and moves the reader behind it. */
export function openColumn(reader: BitReader, rows: number): BitColumn {
  const width = reader.bits(8)
  const base = reader.signed()
  const start = reader.align()
  reader.seek(start + Math.ceil((rows * width) / 8))
  return new BitColumn(reader.view, start, width, base)
}
