import { BitWriter } from './bits.ts'
import { ALL_ZERO, gapSplit, writeRun } from './runs.ts'

/** Documents of a block. */
export const BLOCK_DOCS = 128

/** What lists of a field have in common. */
export interface ListField {
  /** One byte for each document of the segment. */
  norms: Uint8Array
  /** The usual split of position gaps (runs.ts). */
  positionSplit: number
}

export interface WrittenList {
  docs: number
  postingsBytes: number
  /** 0 for a list of one block: its positions are among its postings. */
  positionsBytes: number
}

/**
 * Writes posting lists, one after the other.
 *
 * A list of at most 128 documents is one block: runs (runs.ts) of the documents' gaps, of frequencies
 * − 1 and of position gaps. A longer list starts with its skip table, a run for each column: gaps of
 * the blocks' last documents, bytes, greatest frequency − 1, least norm. Then come the blocks. Its
 * positions are in the other section: a run of the blocks' bytes, then the blocks. Skip table and
 * blocks start at whole bytes. A gap counts the documents between two documents; that of a position is
 * its difference to the one before in the document.
 */
export class PostingWriter {
  readonly postings = new BitWriter(1 << 16)
  readonly positions = new BitWriter(1 << 16)
  /** Blocks of the present list, which its skip table precedes. */
  readonly #blocks = new BitWriter(1 << 12)
  readonly #positionBlocks = new BitWriter(1 << 12)
  #field: ListField = { norms: new Uint8Array(), positionSplit: ALL_ZERO }
  readonly #gaps = new Uint32Array(BLOCK_DOCS)
  readonly #frequencies = new Uint32Array(BLOCK_DOCS)
  #positionGaps = new Uint32Array(1024)
  #held = 0
  #heldPositions = 0
  #last = -1
  #maxFrequency = 0
  #minNorm = 255
  #skips: number[][] = [[], [], [], [], []]
  #lastOfBlock = -1

  start(field: ListField): void {
    this.#field = field
    this.#last = -1
    this.#lastOfBlock = -1
    this.#held = 0
    this.#heldPositions = 0
    this.#clearBounds()
  }

  #clearBounds(): void {
    this.#maxFrequency = 0
    this.#minNorm = 255
  }

  /** A document after those before, with its positions `positions[from … to − 1]`, ascending. */
  add(doc: number, positions: Uint32Array, from: number, to: number): void {
    if (this.#held === BLOCK_DOCS) this.#endBlock()
    const frequency = to - from
    this.#gaps[this.#held] = doc - this.#last - 1
    this.#frequencies[this.#held++] = frequency - 1
    this.#last = doc
    if (frequency > this.#maxFrequency) this.#maxFrequency = frequency
    const norm = this.#field.norms[doc]!
    if (norm < this.#minNorm) this.#minNorm = norm
    if (this.#heldPositions + frequency > this.#positionGaps.length) this.#growPositions(frequency)
    let before = 0
    for (let i = from; i < to; i++) {
      const position = positions[i]!
      this.#positionGaps[this.#heldPositions++] = position - before
      before = position
    }
  }

  /**
   * As `add` for all documents of a list: that of each token, `docs[from … to − 1]`, and its position. The state
   * is in variables: this loop sees every token of a segment.
   */
  addTokens(docs: Uint32Array, positions: Uint32Array, from: number, to: number): void {
    const { norms } = this.#field
    const gaps = this.#gaps
    const frequencies = this.#frequencies
    let positionGaps = this.#positionGaps
    let held = this.#held
    let heldPositions = this.#heldPositions
    for (let token = from; token < to; ) {
      if (held === BLOCK_DOCS) {
        this.#hold(held, heldPositions)
        this.#endBlock()
        held = 0
        heldPositions = 0
      }
      const doc = docs[token]!
      const first = token
      let before = 0
      do {
        if (heldPositions === positionGaps.length) positionGaps = this.#growPositions(1)
        const position = positions[token]!
        positionGaps[heldPositions++] = position - before
        before = position
        token++
      } while (token < to && docs[token] === doc)
      gaps[held] = doc - this.#last - 1
      frequencies[held++] = token - first - 1
      this.#last = doc
      if (token - first > this.#maxFrequency) this.#maxFrequency = token - first
      if (norms[doc]! < this.#minNorm) this.#minNorm = norms[doc]!
    }
    this.#hold(held, heldPositions)
  }

  #hold(documents: number, positions: number): void {
    this.#held = documents
    this.#heldPositions = positions
  }

  #growPositions(more: number): Uint32Array<ArrayBuffer> {
    const larger = new Uint32Array(2 * (this.#positionGaps.length + more))
    larger.set(this.#positionGaps)
    this.#positionGaps = larger
    return larger
  }

  #endBlock(): void {
    const blocks = this.#blocks
    const positionBlocks = this.#positionBlocks
    const skips = this.#skips
    const from = blocks.length
    const positionsFrom = positionBlocks.length
    writeRun(blocks, this.#gaps, 0, this.#held, ALL_ZERO)
    writeRun(blocks, this.#frequencies, 0, this.#held, ALL_ZERO)
    blocks.align()
    writeRun(positionBlocks, this.#positionGaps, 0, this.#heldPositions, this.#field.positionSplit)
    positionBlocks.align()
    skips[0]!.push(this.#last - this.#lastOfBlock - 1)
    skips[1]!.push(blocks.length - from)
    skips[2]!.push(this.#maxFrequency - 1)
    skips[3]!.push(this.#minNorm)
    skips[4]!.push(positionBlocks.length - positionsFrom)
    this.#lastOfBlock = this.#last
    this.#held = 0
    this.#heldPositions = 0
    this.#clearBounds()
  }

  /** Ends the list. It has at least one document. */
  finish(): WrittenList {
    const { postings, positions } = this
    const skips = this.#skips
    const docs = skips[0]!.length * BLOCK_DOCS + this.#held
    const from = postings.length
    const positionsFrom = positions.length
    if (docs <= BLOCK_DOCS) {
      const { norms, positionSplit } = this.#field
      writeRun(postings, this.#gaps, 0, docs, gapSplit(norms.length, docs))
      writeRun(postings, this.#frequencies, 0, docs, ALL_ZERO)
      writeRun(postings, this.#positionGaps, 0, this.#heldPositions, positionSplit)
      postings.align()
    } else {
      this.#endBlock()
      appendBlocks(postings, skips.slice(0, 4), this.#blocks)
      appendBlocks(positions, skips.slice(4), this.#positionBlocks)
      this.#skips = [[], [], [], [], []]
    }
    return {
      docs,
      postingsBytes: postings.length - from,
      positionsBytes: positions.length - positionsFrom,
    }
  }
}

function appendBlocks(writer: BitWriter, columns: readonly number[][], blocks: BitWriter): void {
  for (const column of columns)
    writeRun(writer, Uint32Array.from(column), 0, column.length, ALL_ZERO)
  writer.align()
  writer.append(blocks.written())
  blocks.clear()
}
