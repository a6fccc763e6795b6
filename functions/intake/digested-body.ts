import { createHash } from 'node:crypto'

/** The bytes of an object, read once from the first to the last. */
export interface Body extends AsyncIterable<Buffer> {
  destroy(): unknown
}

/**
 * A body whose SHA-256 is computed while it is read. A reader may stop early, for example at a broken
 * line or because it reads Parquet by ranges: `digest` reads the rest. So `destroy` does not end the
 * body: its owner does.
 */
export class DigestedBody implements Body {
  readonly #source: AsyncIterator<Buffer>
  readonly #hash = createHash('sha256')

  constructor(body: Body) {
    this.#source = body[Symbol.asyncIterator]()
  }

  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    return { next: () => this.#next() }
  }

  async #next(): Promise<IteratorResult<Buffer>> {
    const next = await this.#source.next()
    if (!next.done) this.#hash.update(next.value)
    return next
  }

  destroy(): void {}

  /** The SHA-256 of all bytes, in lower-case hex. It can be asked for once. */
  async digest(): Promise<string> {
    while (!(await this.#next()).done);
    return this.#hash.digest('hex')
  }
}
