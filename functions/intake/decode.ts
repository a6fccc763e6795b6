import type { Mapping } from '../contract/mapping.ts'

export type Encoding = Mapping['encoding']

/**
 * Pieces of text as UTF-8, from the encoding that a mapping names; what is no chunk is handed on.
 * Positions of lines are then those of the text as UTF-8. Text that the encoding cannot be gets
 * U+FFFD, as RFC 3629's decoders give it. Memory: a chunk.
 */
export async function* decodePieces<Piece extends object>(
  pieces: AsyncIterable<Piece | { chunk: Buffer }>,
  encoding: Encoding,
): AsyncGenerator<Piece | { chunk: Buffer }> {
  if (encoding === 'utf-8') {
    yield* pieces
    return
  }
  const decoder = new TextDecoder(encoding)
  for await (const piece of pieces) {
    if (!('chunk' in piece)) {
      yield piece
      continue
    }
    const text = decoder.decode(piece.chunk, { stream: true })
    if (text !== '') yield { chunk: Buffer.from(text) }
  }
  const rest = decoder.decode()
  if (rest !== '') yield { chunk: Buffer.from(rest) }
}

/** Of two bytes a character: nothing of it can be told before it is decoded. */
export const isWide = (encoding: Encoding): boolean => encoding.startsWith('utf-16')
