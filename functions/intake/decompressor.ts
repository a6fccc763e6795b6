import type { Transform } from 'node:stream'

type NodeDecompressor = Transform & { bytesWritten: number }

/**
 * One of Node's decompressors, fed piece by piece. Of a piece with an error in it Node hands out
 * nothing, not even what comes before the error.
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

  /** How many of the bytes fed were not used, since the packed stream ended before them. */
  get unused(): number {
    return this.#fed - this.#stream.bytesWritten
  }

  /** What the piece unpacks to. Rejects where it is corrupt. */
  write(piece: Buffer): Promise<Buffer[]> {
    this.#fed += piece.length
    return new Promise((resolve, reject) => {
      this.#fail = reject
      this.#stream.write(piece, () => resolve(this.#unpacked.splice(0)))
    })
  }

  /** Rejects where the packed stream is not at its end. */
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
