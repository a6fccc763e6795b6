import { BitReader } from './bits.ts'
import { type ListPlace, PostingList } from './posting-list.ts'
import { BLOCK_DOCS } from './posting-writer.ts'
import { type Bitmap, END, type Postings } from './types.ts'

/** A cursor over one list. It decodes a block's documents, frequencies and positions when first asked for. */
export class PostingCursor implements Postings {
  readonly docs: number
  doc = -1
  readonly #place: ListPlace
  readonly #list: PostingList
  /** The decoded block, its documents, and the current one's index among them. */
  #block = -1
  readonly #blockDocs: Uint32Array
  #held = 0
  #index = -1
  /** The block that `seekBlock` moved to. */
  #shallow = 0
  #frequencies: Uint32Array | null = null
  #frequenciesBlock = -1
  #positionGaps: Uint32Array | null = null
  #positionStarts: Uint32Array | null = null
  #positionsBlock = -1

  constructor(place: ListPlace) {
    this.docs = place.docs
    this.#place = place
    this.#list = new PostingList(place)
    this.#blockDocs = new Uint32Array(Math.min(place.docs, BLOCK_DOCS))
    if (this.#list.blockCount > 1) return
    this.#load(0)
    this.#list.lasts[0] = this.#blockDocs[this.#held - 1]!
  }

  #load(block: number): void {
    this.#list.readDocs(block, this.#blockDocs)
    this.#block = block
    this.#held = this.#list.sizeOf(block)
    this.#index = -1
  }

  #end(): number {
    this.#block = this.#list.blockCount - 1
    this.#index = this.#held
    this.doc = END
    return END
  }

  next(): number {
    if (++this.#index >= this.#held) {
      if (this.#block + 1 >= this.#list.blockCount) return this.#end()
      this.#load(this.#block + 1)
      this.#index = 0
    }
    this.doc = this.#blockDocs[this.#index]!
    return this.doc
  }

  advance(target: number): number {
    if (target <= this.doc) return this.doc
    if (this.#block < 0 || target > this.#list.lasts[this.#block]!) {
      const block = this.#blockOf(target)
      if (block === this.#list.blockCount) return this.#end()
      if (block !== this.#block) this.#load(block)
    }
    const blockDocs = this.#blockDocs
    // The block's last document is ≥ target. Near ones are more frequent: gallop, then halve.
    let low = this.#index + 1
    let high = low
    for (let step = 1; blockDocs[high]! < target; step *= 2) {
      low = high + 1
      high = Math.min(high + step, this.#held - 1)
    }
    while (low < high) {
      const middle = (low + high) >>> 1
      if (blockDocs[middle]! < target) low = middle + 1
      else high = middle
    }
    this.#index = low
    this.doc = blockDocs[low]!
    return this.doc
  }

  /** The block that holds the first document ≥ target; the number of blocks where none does. */
  #blockOf(target: number): number {
    const { lasts } = this.#list
    const from = Math.max(this.#block, 0)
    let low = this.#shallow > from && lasts[this.#shallow - 1]! < target ? this.#shallow : from
    let high = low
    for (let step = 1; high < lasts.length && lasts[high]! < target; step *= 2) {
      low = high + 1
      high += step
    }
    high = Math.min(high, lasts.length)
    while (low < high) {
      const middle = (low + high) >>> 1
      if (lasts[middle]! < target) low = middle + 1
      else high = middle
    }
    return low
  }

  seekBlock(target: number): { through: number; maxFrequency: number; minNorm: number } {
    const { lasts, bounds } = this.#list
    const block = this.#blockOf(target)
    if (block === lasts.length) return { through: END, maxFrequency: 0, minNorm: 255 }
    this.#shallow = block
    const through = lasts[block]!
    if (bounds)
      return {
        through,
        maxFrequency: bounds.maxFrequencies[block]!,
        minNorm: bounds.minNorms[block]!,
      }
    return { through, ...this.#boundsOfOne() }
  }

  #boundsOfOne(): { maxFrequency: number; minNorm: number } {
    const frequencies = this.#blockFrequencies()
    let maxFrequency = 0
    let minNorm = 255
    for (let i = 0; i < this.#held; i++) {
      maxFrequency = Math.max(maxFrequency, frequencies[i]!)
      minNorm = Math.min(minNorm, this.#place.field.norms[this.#blockDocs[i]!]!)
    }
    return { maxFrequency, minNorm }
  }

  #blockFrequencies(): Uint32Array {
    this.#frequencies ??= new Uint32Array(this.#blockDocs.length)
    const frequencies = this.#frequencies
    if (this.#frequenciesBlock !== this.#block) {
      this.#list.readFrequencies(this.#block, frequencies)
      this.#frequenciesBlock = this.#block
    }
    return frequencies
  }

  get frequency(): number {
    return this.#frequenciesBlock === this.#block
      ? this.#frequencies![this.#index]!
      : this.#blockFrequencies()[this.#index]!
  }

  positions(): Uint32Array {
    if (this.#positionsBlock !== this.#block) this.#loadPositions()
    const from = this.#positionStarts![this.#index]!
    const positions = new Uint32Array(this.#positionStarts![this.#index + 1]! - from)
    let position = 0
    for (let i = 0; i < positions.length; i++) {
      position += this.#positionGaps![from + i]!
      positions[i] = position
    }
    return positions
  }

  #loadPositions(): void {
    const frequencies = this.#blockFrequencies()
    this.#positionStarts ??= new Uint32Array(this.#blockDocs.length + 1)
    const starts = this.#positionStarts
    let count = 0
    for (let i = 0; i < this.#held; i++) {
      starts[i] = count
      count += frequencies[i]!
    }
    starts[this.#held] = count
    if (count > (this.#positionGaps?.length ?? 0)) this.#positionGaps = new Uint32Array(count)
    this.#list.readPositions(this.#block, this.#positionGaps!, count)
    this.#positionsBlock = this.#block
  }

  countWithout(deleted: Bitmap): number {
    if (deleted.size === 0) return this.docs
    const list = this.#list
    // Frequencies of the current block may still be unread: its reader must not move.
    const reader = new BitReader(this.#place.view, 0)
    const docs = new Uint32Array(this.#blockDocs.length)
    let count = 0
    let from = 0
    for (let block = 0; block < list.blockCount; block++) {
      const through = list.lasts[block]!
      const size = list.sizeOf(block)
      count += size
      if (deleted.countIn(from, through) > 0) {
        list.readDocs(block, docs, reader)
        for (let i = 0; i < size; i++) if (deleted.has(docs[i]!)) count--
      }
      from = through + 1
    }
    return count
  }
}
