/** The packed bytes of an object, taken in the pieces that their format is made of. */
export class PackedBytes {
  /** How many were taken. */
  offset = 0
  #chunk: Buffer = Buffer.alloc(0)
  /** Where in the chunk the next byte is. */
  #next = 0
  readonly #source: AsyncIterator<Buffer>

  constructor(source: AsyncIterator<Buffer>) {
    this.#source = source
  }

  /** The next `count` bytes or more; fewer only where the object ends. They are not taken. */
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

  /** The next `count` bytes; fewer only where the object ends. */
  async take(count: number): Promise<Buffer> {
    const taken = (await this.peek(count)).subarray(0, count)
    this.#next += taken.length
    this.offset += taken.length
    return taken
  }

  /** Gives back the last bytes of what was taken last. */
  giveBack(count: number): void {
    this.#next -= count
    this.offset -= count
  }

  /** Passes over `count` bytes, holding few of them. Answers whether there were as many. */
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
