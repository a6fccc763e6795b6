import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { dirname, join } from 'node:path'
import { CHECKSUM_ALGORITHMS, CHECKSUM_HEADER, type Checksum, createChecksum } from './checksums.ts'
import { readChunks } from './chunked.ts'
import { notImplemented, S3Error } from './errors.ts'

/** Bodies up to this are written at once; larger ones go to disk as they come. */
const IN_MEMORY_BYTES = 4 * 2 ** 20

/** A body that has come whole and right, not yet an object. */
export interface Received {
  bytes: number
  /** Hex MD5. */
  md5: string
  /** Header `x-amz-checksum-…` → base64, where the client sent one. */
  checksum: { header: string; value: string } | null
  /** Makes it a file; until then nothing of it is visible. */
  moveTo(path: string): void
  discard(): void
}

function expectedChecksum(
  headers: IncomingHttpHeaders,
): { name: string; checksum: Checksum } | null {
  const trailer = String(headers['x-amz-trailer'] ?? '')
  const named = trailer.startsWith(CHECKSUM_HEADER)
    ? trailer.slice(CHECKSUM_HEADER.length)
    : CHECKSUM_ALGORITHMS.find((name) => headers[`${CHECKSUM_HEADER}${name}`] !== undefined)
  if (!named) return null
  const checksum = createChecksum(named)
  if (!checksum) throw notImplemented(`the checksum algorithm ${named}`)
  return { name: named, checksum }
}

/**
 * Reads a request's body, plain or aws-chunked, and verifies what its headers and trailers promise:
 * length, Content-MD5, checksum. `scratch` is a folder on the disk of its target. Throws S3Error BadDigest, IncompleteBody. Memory: 4 MiB.
 */
export async function receiveBody(
  body: AsyncIterable<Buffer>,
  headers: IncomingHttpHeaders,
  scratch: string,
): Promise<Received> {
  const trailers = new Map<string, string>()
  const isChunked =
    String(headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-') ||
    /\baws-chunked\b/.test(String(headers['content-encoding'] ?? ''))
  const expected = expectedChecksum(headers)
  const md5 = createHash('md5')
  const parts: Buffer[] = []
  let bytes = 0
  let path: string | null = null
  let file: ReturnType<typeof createWriteStream> | null = null
  const discard = (): void => {
    file?.destroy()
    if (path) rmSync(path, { force: true })
  }
  const stage = (): string => {
    mkdirSync(scratch, { recursive: true })
    path = join(scratch, randomUUID())
    return path
  }
  try {
    for await (const part of isChunked ? readChunks(body, trailers) : body) {
      bytes += part.length
      md5.update(part)
      expected?.checksum.update(part)
      if (!file) parts.push(part)
      if (!file && bytes > IN_MEMORY_BYTES) {
        file = createWriteStream(stage())
        file.write(Buffer.concat(parts))
        parts.length = 0
      } else if (file && !file.write(part)) await once(file, 'drain')
    }
    if (file) {
      file.end()
      await once(file, 'close')
    }
    const promised = headers[isChunked ? 'x-amz-decoded-content-length' : 'content-length']
    if (promised !== undefined && Number(promised) !== bytes)
      throw new S3Error(400, 'IncompleteBody', `got ${bytes} bytes, expected ${promised}`)
    const digest = md5.digest()
    const contentMd5 = headers['content-md5']
    if (contentMd5 !== undefined && contentMd5 !== digest.toString('base64'))
      throw new S3Error(
        400,
        'BadDigest',
        'The Content-MD5 you specified did not match what was received',
      )
    let checksum: Received['checksum'] = null
    if (expected) {
      const header = `${CHECKSUM_HEADER}${expected.name}`
      const value = expected.checksum.digest()
      const sent = trailers.get(header) ?? headers[header]
      if (sent !== undefined && sent !== value)
        throw new S3Error(
          400,
          'BadDigest',
          `The ${expected.name.toUpperCase()} you specified did not match the calculated checksum`,
        )
      checksum = { header, value }
    }
    return {
      bytes,
      md5: digest.toString('hex'),
      checksum,
      moveTo(target) {
        mkdirSync(dirname(target), { recursive: true })
        // Never written in place: who reads meanwhile has the object before it, whole.
        if (!path) writeFileSync(stage(), Buffer.concat(parts))
        renameSync(path!, target)
      },
      discard,
    }
  } catch (error) {
    discard()
    throw error
  }
}
