import type { Break, Packing } from './breaks.ts'
import type { Body } from './digested-body.ts'
import { gunzip, isGzip } from './gzip.ts'
import { MAX_RATIO, MAX_UNPACKED_BYTES, RATIO_COUNTS_FROM_BYTES } from './limits.ts'
import { PackedBytes } from './packed-bytes.ts'
import { isZstd, unzstd } from './zstd.ts'

/** `head`: the plain bytes of an object whose name says that it is packed. */
export type Unpacked = { chunk: Buffer } | { break: Break; head?: Buffer }

/** The compression of an object, by its first bytes. */
const packingOf = (head: Buffer): Packing | 'plain' =>
  isGzip(head) ? 'gzip' : isZstd(head) ? 'zstd' : 'plain'
const packingNamed = (name: string): Packing | null =>
  name.endsWith('.gz') ? 'gzip' : name.endsWith('.zst') ? 'zstd' : null

async function* asItIs(packed: PackedBytes): AsyncGenerator<Buffer, null> {
  for (;;) {
    const { length } = await packed.peek(1)
    if (length === 0) return null
    yield await packed.take(length)
  }
}
const UNPACKERS = { gzip: gunzip, zstd: unzstd, plain: asItIs }

/** What the detail of a break says of the bytes before it. */
export const readBefore = (bytes: number): string =>
  `; the records before it were read, in ${bytes} unpacked bytes`

/** The output of an unpacker, within the limits. */
async function* bounded(
  unpacked: AsyncGenerator<Buffer, Break | null>,
  packed: PackedBytes,
  maxBytes: number,
): AsyncGenerator<Unpacked> {
  let bytes = 0
  try {
    let next = await unpacked.next()
    for (; !next.done; next = await unpacked.next()) {
      bytes += next.value.length
      const isBomb = bytes > RATIO_COUNTS_FROM_BYTES && bytes > MAX_RATIO * packed.offset
      if (isBomb || bytes > maxBytes) {
        yield {
          break: {
            reason: 'compression_bomb',
            detail: `unpacks ${packed.offset} bytes to more than ${bytes}: at most ${MAX_RATIO} times and ${maxBytes} bytes are read; split a real log into smaller objects`,
          },
        }
        return
      }
      yield { chunk: next.value }
    }
    if (next.value === null) return
    const { reason, detail } = next.value
    yield {
      break: {
        reason,
        detail: `${detail}${readBefore(bytes)}`,
      },
    }
  } finally {
    await unpacked.return(null)
  }
}

/**
 * The bytes of an object, unpacked by the compression that its first bytes show. The stream ends in
 * a `break` if the suffix names another compression, the packed stream is truncated or corrupt, or
 * it unpacks to too many bytes. Everything before the break is returned. A fault of the source is
 * thrown.
 */
export async function* unpack(
  body: Body,
  name: string,
  maxBytes = MAX_UNPACKED_BYTES,
): AsyncGenerator<Unpacked> {
  const packed = new PackedBytes(body[Symbol.asyncIterator]())
  try {
    const head = await packed.peek(4)
    const packing = packingOf(head)
    const promised = packingNamed(name)
    if (promised === null || promised === packing || head.length === 0)
      yield* bounded(UNPACKERS[packing](packed), packed, maxBytes)
    else
      yield {
        break: {
          reason: 'wrong_compression_suffix',
          detail: `the name promises ${promised}, the bytes are ${packing}: nothing was read, and the raw object stays; drop it again under the right name`,
        },
        ...(packing === 'plain' && { head }),
      }
  } finally {
    body.destroy()
  }
}
