import { BitWriter } from './bits.ts'
import { writeRun } from './runs.ts'

/** Documents of a block. */
export const BLOCK_DOCS = 128

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
  private readonly blocks = new BitWriter(1 << 12)
  private readonly positionBlocks = new BitWriter(1 << 12)
  private norms: Uint8Array = new Uint8Array()
  private readonly gaps = new Uint32Array(BLOCK_DOCS)
  private readonly frequencies = new Uint32Array(BLOCK_DOCS)
  private positionGaps = new Uint32Array(1024)
  private held = 0
  private heldPositions = 0
  private last = -1
  private maxFrequency = 0
  private minNorm = 255
  private skips: number[][] = [[], [], [], [], []]
  private lastOfBlock = -1

  /** Starts a list of a field with these norms. */
  start(norms: Uint8Array): void {
    this.norms = norms
    this.last = -1
    this.lastOfBlock = -1
    this.held = 0
    this.heldPositions = 0
    this.clearBounds()
  }

  private clearBounds(): void {
    this.maxFrequency = 0
    this.minNorm = 255
  }

  /** A document after those before, with its positions `positions[from … to − 1]`, ascending. */
  add(doc: number, positions: Uint32Array, from: number, to: number): void {
    if (this.held === BLOCK_DOCS) this.endBlock()
    const frequency = to - from
    this.gaps[this.held] = doc - this.last - 1
    this.frequencies[this.held++] = frequency - 1
    this.last = doc
    if (frequency > this.maxFrequency) this.maxFrequency = frequency
    const norm = this.norms[doc]!
    if (norm < this.minNorm) this.minNorm = norm
    if (this.heldPositions + frequency > this.positionGaps.length) this.growPositions(frequency)
    let before = 0
    for (let i = from; i < to; i++) {
      const position = positions[i]!
      this.positionGaps[this.heldPositions++] = position - before
      before = position
    }
  }

  private growPositions(more: number): void {
    const larger = new Uint32Array(2 * (this.heldPositions + more))
    larger.set(this.positionGaps)
    this.positionGaps = larger
  }

  private endBlock(): void {
    const { blocks, positionBlocks, skips } = this
    const from = blocks.length
    const positionsFrom = positionBlocks.length
    writeRun(blocks, this.gaps, 0, this.held)
    writeRun(blocks, this.frequencies, 0, this.held)
    blocks.align()
    writeRun(positionBlocks, this.positionGaps, 0, this.heldPositions)
    positionBlocks.align()
    skips[0]!.push(this.last - this.lastOfBlock - 1)
    skips[1]!.push(blocks.length - from)
    skips[2]!.push(this.maxFrequency - 1)
    skips[3]!.push(this.minNorm)
    skips[4]!.push(positionBlocks.length - positionsFrom)
    this.lastOfBlock = this.last
    this.held = 0
    this.heldPositions = 0
    this.clearBounds()
  }

  /** Ends the list. It has at least one document. */
  finish(): WrittenList {
    const { postings, positions, skips } = this
    const docs = skips[0]!.length * BLOCK_DOCS + this.held
    const from = postings.length
    const positionsFrom = positions.length
    if (docs <= BLOCK_DOCS) {
      writeRun(postings, this.gaps, 0, this.held)
      writeRun(postings, this.frequencies, 0, this.held)
      writeRun(postings, this.positionGaps, 0, this.heldPositions)
      postings.align()
    } else {
      this.endBlock()
      appendBlocks(postings, skips.slice(0, 4), this.blocks)
      appendBlocks(positions, skips.slice(4), this.positionBlocks)
      this.skips = [[], [], [], [], []]
    }
    return {
      docs,
      postingsBytes: postings.length - from,
      positionsBytes: positions.length - positionsFrom,
    }
  }
}

function appendBlocks(writer: BitWriter, columns: readonly number[][], blocks: BitWriter): void {
  for (const column of columns) writeRun(writer, Uint32Array.from(column), 0, column.length)
  writer.align()
  writer.append(blocks.written())
  blocks.clear()
}
