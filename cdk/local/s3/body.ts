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

interface ExpectedChecksum {
  name: string
  checksum: Checksum
}
const badDigest = (message: string): S3Error => new S3Error(400, 'BadDigest', message)

function expectedChecksum(headers: IncomingHttpHeaders): ExpectedChecksum | null {
  const trailer = String(headers['x-amz-trailer'] ?? '')
  const named = trailer.startsWith(CHECKSUM_HEADER)
    ? trailer.slice(CHECKSUM_HEADER.length)
    : CHECKSUM_ALGORITHMS.find((name) => headers[`${CHECKSUM_HEADER}${name}`] !== undefined)
  if (!named) return null
  const checksum = createChecksum(named)
  if (!checksum) throw notImplemented(`the checksum algorithm ${named}`)
  return { name: named, checksum }
}

/** A body on its way: in memory while it is small, then in a file of the scratch folder. */
interface Incoming {
  scratch: string
  bytes: number
  parts: Buffer[]
  path: string | null
  file: ReturnType<typeof createWriteStream> | null
}

/** Acts in a folder, which is made first where it is missing: it seldom is. */
function inFolder(folder: string, act: () => void): void {
  try {
    act()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    mkdirSync(folder, { recursive: true })
    act()
  }
}

const scratchPath = ({ scratch }: Incoming): string => join(scratch, randomUUID())

async function take(incoming: Incoming, part: Buffer): Promise<void> {
  incoming.bytes += part.length
  if (incoming.file) {
    if (!incoming.file.write(part)) await once(incoming.file, 'drain')
    return
  }
  incoming.parts.push(part)
  if (incoming.bytes <= IN_MEMORY_BYTES) return
  mkdirSync(incoming.scratch, { recursive: true })
  incoming.path = scratchPath(incoming)
  incoming.file = createWriteStream(incoming.path)
  incoming.file.write(Buffer.concat(incoming.parts))
  incoming.parts.length = 0
}

function discard({ file, path }: Incoming): void {
  file?.destroy()
  if (path) rmSync(path, { force: true })
}

function moveTo(incoming: Incoming, target: string): void {
  const { scratch, parts } = incoming
  const path = incoming.path ?? scratchPath(incoming)
  incoming.path = path
  // Never written in place: a reader of the object before it has that one whole.
  if (!incoming.file) inFolder(scratch, () => writeFileSync(path, Buffer.concat(parts)))
  inFolder(dirname(target), () => renameSync(path, target))
}

/** Throws S3Error IncompleteBody or BadDigest where the body is not what its headers promise. */
function verifyBody(
  { bytes }: Incoming,
  md5Base64: string,
  headers: IncomingHttpHeaders,
  isChunked: boolean,
): void {
  const promised = headers[isChunked ? 'x-amz-decoded-content-length' : 'content-length']
  if (promised !== undefined && Number(promised) !== bytes)
    throw new S3Error(400, 'IncompleteBody', `got ${bytes} bytes, expected ${promised}`)
  const contentMd5 = headers['content-md5']
  if (contentMd5 !== undefined && contentMd5 !== md5Base64)
    throw badDigest('The Content-MD5 you specified did not match what was received')
}

/** Throws S3Error BadDigest where the checksum differs from the one that was sent. */
function verifyChecksum(
  expected: ExpectedChecksum | null,
  headers: IncomingHttpHeaders,
  trailers: ReadonlyMap<string, string>,
): Received['checksum'] {
  if (!expected) return null
  const header = `${CHECKSUM_HEADER}${expected.name}`
  const value = expected.checksum.digest()
  const sent = trailers.get(header) ?? headers[header]
  if (sent !== undefined && sent !== value)
    throw badDigest(
      `The ${expected.name.toUpperCase()} you specified did not match the calculated checksum`,
    )
  return { header, value }
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
  const incoming: Incoming = { scratch, bytes: 0, parts: [], path: null, file: null }
  try {
    for await (const part of isChunked ? readChunks(body, trailers) : body) {
      md5.update(part)
      expected?.checksum.update(part)
      await take(incoming, part)
    }
    if (incoming.file) {
      incoming.file.end()
      await once(incoming.file, 'close')
    }
    const digest = md5.digest()
    verifyBody(incoming, digest.toString('base64'), headers, isChunked)
    return {
      bytes: incoming.bytes,
      md5: digest.toString('hex'),
      checksum: verifyChecksum(expected, headers, trailers),
      moveTo: (target) => moveTo(incoming, target),
      discard: () => discard(incoming),
    }
  } catch (error) {
    discard(incoming)
    throw error
  }
}
