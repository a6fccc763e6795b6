/** The packed bytes of an object, taken in whatever pieces their format is made of. */
export class PackedBytes {
  /** How many were taken: where in the object the next one is. */
  offset = 0
  #held: Buffer = Buffer.alloc(0)
  readonly #source: AsyncIterator<Buffer>

  constructor(source: AsyncIterator<Buffer>) {
    this.#source = source
  }

  /** The next `count` bytes or more; fewer only where the object ends. They are not taken. */
  async peek(count: number): Promise<Buffer> {
    if (this.#held.length >= count) return this.#held
    const chunks = this.#held.length > 0 ? [this.#held] : []
    let { length } = this.#held
    while (length < count) {
      const { done, value } = await this.#source.next()
      if (done) break
      chunks.push(Buffer.isBuffer(value) ? value : Buffer.from(value))
      length += value.length
    }
    this.#held = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)
    return this.#held
  }

  /** The next `count` bytes; fewer only where the object ends. */
  async take(count: number): Promise<Buffer> {
    const taken = (await this.peek(count)).subarray(0, count)
    this.#held = this.#held.subarray(taken.length)
    this.offset += taken.length
    return taken
  }

  /** Passes over `count` bytes, however many, without holding them. Answers whether all were there. */
  async skip(count: number): Promise<boolean> {
    let left = count
    while (left > 0) {
      const { length } = await this.peek(1)
      if (length === 0) return false
      left -= (await this.take(Math.min(left, length))).length
    }
    return true
  }

  /** Passes over zeros: padding of tapes and of block devices. */
  async skipZeros(): Promise<void> {
    for (;;) {
      const held = await this.peek(1)
      const end = held.findIndex((byte) => byte !== 0)
      await this.take(end === -1 ? held.length : end)
      if (end !== -1 || held.length === 0) return
    }
  }

  /** Gives back the last `count` bytes of what was taken last. */
  giveBack(taken: Buffer, count: number): void {
    if (count === 0) return
    this.#held = Buffer.concat([taken.subarray(taken.length - count), this.#held])
    this.offset -= count
  }
}
