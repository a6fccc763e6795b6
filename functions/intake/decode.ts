import type { Mapping } from '../contract/mapping.ts'

export type Encoding = Mapping['encoding']

/**
 * Converts chunks of text to UTF-8 from the encoding that a mapping names. Other values than
 * chunks pass unchanged. The positions of lines are then positions in the UTF-8 text. Bytes that
 * are invalid in the encoding become U+FFFD. Memory: one chunk.
 */
export async function* decodeChunks<Other extends object>(
  parts: AsyncIterable<Other | { chunk: Buffer }>,
  encoding: Encoding,
): AsyncGenerator<Other | { chunk: Buffer }> {
  if (encoding === 'utf-8') {
    yield* parts
    return
  }
  const decoder = new TextDecoder(encoding)
  for await (const part of parts) {
    if (!('chunk' in part)) {
      yield part
      continue
    }
    const text = decoder.decode(part.chunk, { stream: true })
    if (text !== '') yield { chunk: Buffer.from(text) }
  }
  const rest = decoder.decode()
  if (rest !== '') yield { chunk: Buffer.from(rest) }
}

/**
 * Encodings with two bytes per character: they must be decoded before the content can be sniffed.
 */
export const isWide = (encoding: Encoding): boolean => encoding.startsWith('utf-16')
