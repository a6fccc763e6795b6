import type { Transform } from 'node:stream'

type NodeDecompressor = Transform & { bytesWritten: number }

/**
 * One of Node's decompressors, fed part by part. If a part has an error in it, Node returns nothing
 * of that part, not even the bytes before the error.
 */
export class Decompressor {
  #unpacked: Buffer[] = []
  #fed = 0
  #fail: ((error: Error) => void) | null = null
  readonly #stream: NodeDecompressor

  constructor(stream: NodeDecompressor) {
    this.#stream = stream
    stream.on('data', (chunk: Buffer) => this.#unpacked.push(chunk))
    stream.on('error', (error) => this.#fail?.(error))
  }

  /** How many fed bytes were not used because the packed stream ended before them. */
  get unused(): number {
    return this.#fed - this.#stream.bytesWritten
  }

  /** The unpacked bytes of one part. Rejects if the part is corrupt. */
  write(part: Buffer): Promise<Buffer[]> {
    this.#fed += part.length
    return new Promise((resolve, reject) => {
      this.#fail = reject
      this.#stream.write(part, () => resolve(this.#unpacked.splice(0)))
    })
  }

  /** Rejects if the packed stream is incomplete. */
  end(): Promise<Buffer[]> {
    return new Promise((resolve, reject) => {
      this.#fail = reject
      this.#stream.once('end', () => resolve(this.#unpacked.splice(0)))
      this.#stream.end()
    })
  }

  close(): void {
    this.#stream.destroy()
  }
}
