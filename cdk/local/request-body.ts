import type { IncomingMessage } from 'node:http'

/**
 * The whole body of a request. Reads no further than `maxBytes`: answers null for a longer one,
 * whose rest is drained unkept, so that the caller can still be told.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength
    if (bytes <= maxBytes) chunks.push(chunk)
    else chunks.length = 0
  }
  return bytes <= maxBytes ? Buffer.concat(chunks) : null
}
