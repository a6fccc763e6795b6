import { BitReader } from './bits.ts'
import { BLOCK_DOCS, type ListField } from './posting-writer.ts'
import { ALL_ZERO, gapSplit, readAscending, readRun } from './runs.ts'

/** Where the bytes of a list are in the views. */
export interface ListPlace {
  view: DataView
  postingsAt: number
  /** Of a list of more than one block. */
  positionsView: DataView
  positionsAt: number
  docs: number
  field: ListField
}

const readColumn = (reader: BitReader, rows: number): Uint32Array => {
  const values = new Uint32Array(rows)
  readRun(reader, values, rows, ALL_ZERO)
  return values
}
/** Sums in place: sizes become ends. */
function accumulate(values: Uint32Array, first: number, more: number): Uint32Array {
  let sum = first
  for (let i = 0; i < values.length; i++) {
    sum += values[i]! + more
    values[i] = sum
  }
  return values
}

/**
 * The blocks of a list (posting-writer.ts has its bytes). It decodes the skip table when it is created.
 * Of one block it reads documents, then frequencies, then positions, in this order.
 */
export class PostingList {
  readonly blockCount: number
  /** Last document of each block. Of a list of one block it is 0: its documents have it. */
  readonly lasts: Uint32Array
  /** Bounds of each block. Null for a list of one block: its documents have them. */
  readonly bounds: { maxFrequencies: Uint32Array; minNorms: Uint32Array } | null = null
  readonly #place: ListPlace
  readonly #reader: BitReader
  /** The usual split of its documents' gaps. */
  readonly #docSplit: number = ALL_ZERO
  readonly #blocksAt: number
  /** Ends of the blocks' bytes after `blocksAt`. */
  readonly #ends: Uint32Array | null = null
  #positions: { reader: BitReader; at: number; ends: Uint32Array } | null = null

  constructor(place: ListPlace) {
    const reader = new BitReader(place.view, place.postingsAt)
    const blocks = Math.ceil(place.docs / BLOCK_DOCS)
    this.#place = place
    this.#reader = reader
    this.blockCount = blocks
    if (blocks === 1) {
      this.lasts = new Uint32Array(1)
      this.#docSplit = gapSplit(place.field.norms.length, place.docs)
    } else {
      this.lasts = accumulate(readColumn(reader, blocks), -1, 1)
      this.#ends = accumulate(readColumn(reader, blocks), 0, 0)
      const maxFrequencies = readColumn(reader, blocks)
      for (let i = 0; i < blocks; i++) maxFrequencies[i]! += 1
      this.bounds = { maxFrequencies, minNorms: readColumn(reader, blocks) }
    }
    this.#blocksAt = reader.align()
  }

  /** Documents of a block. */
  sizeOf(block: number): number {
    return Math.min(BLOCK_DOCS, this.#place.docs - block * BLOCK_DOCS)
  }

  /** Reads a block's documents into `out`. */
  readDocs(block: number, out: Uint32Array, reader = this.#reader): void {
    reader.seek(this.#blocksAt + (block === 0 ? 0 : this.#ends![block - 1]!))
    const before = block === 0 ? -1 : this.lasts[block - 1]!
    readAscending(reader, out, this.sizeOf(block), this.#docSplit, before)
  }

  /** Reads the frequencies of the block whose documents were read last. */
  readFrequencies(block: number, out: Uint32Array): void {
    const size = this.sizeOf(block)
    readRun(this.#reader, out, size, ALL_ZERO)
    for (let i = 0; i < size; i++) out[i]! += 1
  }

  /** Reads the position gaps of the block whose frequencies were read last; `count` is their sum. */
  readPositions(block: number, out: Uint32Array, count: number): void {
    const { positionSplit } = this.#place.field
    if (this.#ends === null) {
      readRun(this.#reader, out, count, positionSplit)
      return
    }
    this.#positions ??= this.#openPositions()
    const { reader, at, ends } = this.#positions
    reader.seek(at + (block === 0 ? 0 : ends[block - 1]!))
    readRun(reader, out, count, positionSplit)
  }

  #openPositions(): { reader: BitReader; at: number; ends: Uint32Array } {
    const reader = new BitReader(this.#place.positionsView, this.#place.positionsAt)
    const ends = accumulate(readColumn(reader, this.blockCount), 0, 0)
    return { reader, at: reader.align(), ends }
  }
}
