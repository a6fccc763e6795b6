import { constants, createZstdDecompress } from 'node:zlib'
import { type Break, corrupt, isOfBytes, tooManyParts, trailing, truncated } from './breaks.ts'
import { Decompressor } from './decompressor.ts'
import { MAX_PACKED_PARTS, MAX_ZSTD_WINDOW_LOG } from './limits.ts'
import type { PackedBytes } from './packed-bytes.ts'

/** Largest unpacked size of one block (RFC 8878, section 3.1.1.2). */
const BLOCK_BYTES = 128 * 2 ** 10
const RLE = 1

const magicOf = (head: Buffer): number => (head.length < 4 ? 0 : head.readUInt32LE(0))
/** A skippable frame holds no data: it is an index, or a note of the tool that packed. */
const isSkippable = (head: Buffer): boolean => magicOf(head) >>> 4 === 0x184d2a5
const isFrame = (head: Buffer): boolean => magicOf(head) === 0xfd2fb528
export const isZstd = (head: Buffer): boolean => isFrame(head) || isSkippable(head)

/** Length of a frame's header with its magic, from its descriptor (section 3.1.1.1). */
function headerBytes(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0
  const window = isSingleSegment ? 0 : 1
  const dictionary = [0, 1, 2, 4][descriptor & 3]!
  const contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!
  return 5 + window + dictionary + contentSize
}

/**
 * A frame's blocks, the header together with the first one, and its checksum. Each block unpacks
 * whole or not at all, so a broken block does not affect the others.
 */
async function* frameParts(packed: PackedBytes): AsyncGenerator<Buffer, Break | null> {
  const descriptor = (await packed.peek(5))[4]
  let header = await packed.take(descriptor === undefined ? 5 : headerBytes(descriptor))
  for (let isLast = false; !isLast; ) {
    const head = await packed.peek(3)
    if (head.length < 3) return truncated('zstd', packed.offset + head.length)
    const word = head.readUIntLE(0, 3)
    isLast = (word & 1) === 1
    const length = 3 + (((word >> 1) & 3) === RLE ? 1 : word >> 3)
    const block = await packed.take(length)
    yield header.length > 0 ? Buffer.concat([header, block]) : block
    header = Buffer.alloc(0)
    if (block.length < length) return truncated('zstd', packed.offset)
  }
  if ((descriptor! & 4) === 0) return null
  const checksum = await packed.take(4)
  yield checksum
  return checksum.length < 4 ? truncated('zstd', packed.offset) : null
}

/**
 * The parts of all frames. No part crosses the end of a frame, because Node's decompressor would
 * stop there.
 */
async function* partsOf(packed: PackedBytes): AsyncGenerator<Buffer, Break | null> {
  for (let frames = 0; frames < MAX_PACKED_PARTS; frames++) {
    const head = await packed.peek(8)
    if (head.length === 0) return null
    if (head[0] === 0) {
      await packed.skipZeros()
      continue
    }
    if (isSkippable(head)) {
      const length = head.length < 8 ? 8 : 8 + head.readUInt32LE(4)
      if (!(await packed.skip(length))) return truncated('zstd', packed.offset)
      continue
    }
    if (!isFrame(head)) return trailing('zstd', packed.offset)
    const broken = yield* frameParts(packed)
    if (broken) return broken
  }
  return tooManyParts('zstd', packed.offset)
}

/**
 * All frames of a zstd object (RFC 8878, section 3.1). It skips skippable frames, and zeros between
 * frames and after the last one. Other bytes there are a break.
 */
export async function* unzstd(packed: PackedBytes): AsyncGenerator<Buffer, Break | null> {
  const decompressor = new Decompressor(
    createZstdDecompress({
      chunkSize: BLOCK_BYTES,
      params: { [constants.ZSTD_d_windowLogMax]: MAX_ZSTD_WINDOW_LOG },
    }),
  )
  const walk = partsOf(packed)
  let at = packed.offset
  try {
    for (let parts = 0; parts < MAX_PACKED_PARTS; parts++) {
      const { done, value } = await walk.next()
      if (done) return value
      at = packed.offset - value.length
      yield* await decompressor.write(value)
    }
    return tooManyParts('zstd', packed.offset)
  } catch (error) {
    if (!isOfBytes(error)) throw error
    return corrupt('zstd', at, error)
  } finally {
    decompressor.close()
  }
}
