import { S3Error } from './errors.ts'

const malformed = (what: string): S3Error =>
  new S3Error(400, 'IncompleteBody', `The aws-chunked body is malformed: ${what}`)

/**
 * Data of an `aws-chunked` body ("Signature calculations for the authorization header: transferring
 * payload in multiple chunks", S3 API reference): chunks of `<hex size>[;chunk-signature=…]` CRLF,
 * bytes, CRLF, until one of size 0 and its trailers, which are put into `trailers`, names in lower
 * case. Chunk signatures are not verified. Throws S3Error for a body that is cut short.
 */
export async function* readChunks(
  body: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0)
  let state = 'size' as 'size' | 'data' | 'end' | 'trailers' | 'done'
  let left = 0
  for await (const bytes of body) {
    held = held.length > 0 ? Buffer.concat([held, bytes]) : bytes
    for (;;) {
      if (state === 'data') {
        if (held.length === 0) break
        const part = held.subarray(0, left)
        left -= part.length
        held = held.subarray(part.length)
        yield part
        if (left > 0) break
        state = 'end'
      }
      if (state === 'done') break
      const at = held.indexOf('\r\n')
      if (at === -1) break
      const line = held.subarray(0, at).toString('latin1')
      held = held.subarray(at + 2)
      if (state === 'end') {
        if (line !== '') throw malformed('a chunk is longer than its size')
        state = 'size'
      } else if (state === 'size') {
        const size = /^([0-9a-fA-F]+)(;.*)?$/.exec(line)?.[1]
        if (size === undefined) throw malformed('a chunk has no size')
        left = Number.parseInt(size, 16)
        state = left === 0 ? 'trailers' : 'data'
      } else if (line === '') state = 'done'
      else {
        const colon = line.indexOf(':')
        trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
      }
    }
  }
  // The last CRLF after the trailers is left out by some clients; the final chunk never is.
  if ((state as string) !== 'done' && (state as string) !== 'trailers')
    throw malformed('it ends before its last chunk')
}
