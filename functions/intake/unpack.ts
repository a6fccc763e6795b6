import { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import type { QuarantineReason } from '../contract/events.ts'
import { MAX_RATIO, MAX_UNPACKED_BYTES, RATIO_COUNTS_FROM_BYTES } from './limits.ts'

/** Why the bytes end before the object does. What was read until then stands. */
export interface Break {
  reason: QuarantineReason
  detail: string
}
/** `head`: bytes that are not packed, where the name says so. */
export type Unpacked = { chunk: Buffer } | { break: Break; head?: Buffer }

type Packing = 'gzip' | 'zstd' | 'plain'
const MAGIC: readonly [Packing, readonly number[]][] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
]

const packingOf = (head: Buffer): Packing =>
  MAGIC.find(([, magic]) => magic.every((byte, i) => head[i] === byte))?.[0] ?? 'plain'
const packingNamed = (name: string): Packing | null =>
  name.endsWith('.gz') ? 'gzip' : name.endsWith('.zst') ? 'zstd' : null

/** The first bytes of a stream, at least four where there are as many, and the rest of it. */
async function peek(body: AsyncIterator<Buffer>): Promise<{ head: Buffer; isEnd: boolean }> {
  let head = Buffer.alloc(0)
  while (head.length < 4) {
    const next = await body.next()
    if (next.done) return { head, isEnd: true }
    head = Buffer.concat([head, Buffer.from(next.value)])
  }
  return { head, isEnd: false }
}

const isTruncation = (error: NodeJS.ErrnoException): boolean =>
  error.code === 'Z_BUF_ERROR' || /unexpected end|truncated/i.test(error.message)
const isCorruption = (error: NodeJS.ErrnoException): boolean =>
  /^(Z_|ZSTD_|ERR_ZSTD|ERR_ZLIB)/.test(error.code ?? '')

/**
 * The bytes of an object, unpacked by what its first bytes say. A suffix that promises packing
 * which the bytes have not, a cut or corrupt stream, and one that grows out of all proportion end
 * in a `break`; what came before it is handed out. A fault of the source is thrown.
 */
export async function* unpack(
  body: Readable,
  name: string,
  maxBytes = MAX_UNPACKED_BYTES,
): AsyncGenerator<Unpacked> {
  const source = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const { head, isEnd } = await peek(source)
  const packing = packingOf(head)
  const promised = packingNamed(name)
  if (promised !== null && promised !== packing && head.length > 0) {
    body.destroy()
    yield {
      break: {
        reason: 'wrong_compression_suffix',
        detail: `the name promises ${promised}, the bytes are ${packing}: nothing was read, the raw object stays; drop it again under the right name`,
      },
      ...(packing === 'plain' && { head }),
    }
    return
  }
  let packedBytes = head.length
  async function* packed(): AsyncGenerator<Buffer> {
    if (head.length > 0) yield head
    if (isEnd) return
    for (let next = await source.next(); !next.done; next = await source.next()) {
      packedBytes += next.value.length
      yield Buffer.from(next.value)
    }
  }
  if (packing === 'plain') {
    try {
      for await (const chunk of packed()) yield { chunk }
    } finally {
      body.destroy()
    }
    return
  }

  const unpacker = packing === 'gzip' ? createGunzip() : createZstdDecompress()
  let fault: Error | null = null
  const feed = Readable.from(packed(), { objectMode: false })
  feed.on('error', (error) => {
    fault = error
    unpacker.destroy()
  })
  feed.pipe(unpacker)
  let bytes = 0
  try {
    for await (const chunk of unpacker as AsyncIterable<Buffer>) {
      bytes += chunk.length
      const isBomb = bytes > RATIO_COUNTS_FROM_BYTES && bytes > MAX_RATIO * packedBytes
      if (isBomb || bytes > maxBytes) {
        yield {
          break: {
            reason: 'compression_bomb',
            detail: `unpacks ${packedBytes} bytes to more than ${bytes}: at most ${MAX_RATIO} times and ${maxBytes} bytes are read; split a real log into smaller objects`,
          },
        }
        return
      }
      yield { chunk }
    }
    if (fault !== null) throw fault
  } catch (error) {
    if (fault !== null) throw fault
    const broken = error as NodeJS.ErrnoException
    if (!isTruncation(broken) && !isCorruption(broken)) throw error
    const reason = isTruncation(broken) ? 'truncated_compression' : 'corrupt_compression'
    yield {
      break: {
        reason,
        detail: `the ${packing} stream breaks after ${bytes} unpacked bytes (${broken.message}): the records before it were read`,
      },
    }
  } finally {
    feed.destroy()
    unpacker.destroy()
    body.destroy()
  }
}
