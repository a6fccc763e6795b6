/** The packed bytes of an object, read in units of their format. */
export class PackedBytes {
  /** How many bytes were taken. */
  offset = 0
  #chunk: Buffer = Buffer.alloc(0)
  /** Index of the next byte in the chunk. */
  #next = 0
  readonly #source: AsyncIterator<Buffer>

  constructor(source: AsyncIterator<Buffer>) {
    this.#source = source
  }

  /** At least the next `count` bytes, without taking them; fewer only at the end of the object. */
  async peek(count: number): Promise<Buffer> {
    const held = this.#chunk.subarray(this.#next)
    if (held.length >= count) return held
    const chunks = held.length > 0 ? [held] : []
    let { length } = held
    while (length < count) {
      const { done, value } = await this.#source.next()
      if (done) break
      chunks.push(Buffer.isBuffer(value) ? value : Buffer.from(value))
      length += value.length
    }
    this.#chunk = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)
    this.#next = 0
    return this.#chunk
  }

  /** The next `count` bytes; fewer only at the end of the object. */
  async take(count: number): Promise<Buffer> {
    const taken = (await this.peek(count)).subarray(0, count)
    this.#next += taken.length
    this.offset += taken.length
    return taken
  }

  /** Returns the last bytes that were taken. */
  giveBack(count: number): void {
    this.#next -= count
    this.offset -= count
  }

  /** Skips `count` bytes without holding them. Returns whether the object had that many. */
  async skip(count: number): Promise<boolean> {
    for (let left = count; left > 0; ) {
      const { length } = await this.peek(1)
      if (length === 0) return false
      left -= (await this.take(Math.min(left, length))).length
    }
    return true
  }

  async skipZeros(): Promise<void> {
    for (;;) {
      const held = await this.peek(1)
      const zeros = held.findIndex((byte) => byte !== 0)
      await this.take(zeros === -1 ? held.length : zeros)
      if (zeros !== -1 || held.length === 0) return
    }
  }
}
