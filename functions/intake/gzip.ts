import { createGunzip } from 'node:zlib'
import { type Break, corrupt, isOfBytes, tooManyParts, trailing, truncated } from './breaks.ts'
import { Decompressor } from './decompressor.ts'
import { MAX_PACKED_PARTS } from './limits.ts'
import type { PackedBytes } from './packed-bytes.ts'

/** A slice of this size unpacks to at most 4 MiB: deflate compresses at most 1,032 times. */
const SLICE_BYTES = 4096
const CHUNK_BYTES = 64 * 2 ** 10

export const isGzip = (head: Buffer): boolean => head[0] === 0x1f && head[1] === 0x8b

const open = (): Decompressor => new Decompressor(createGunzip({ chunkSize: CHUNK_BYTES }))

/** Reads a slice with an error in it byte by byte, and so returns everything before the error. */
async function* salvage(
  follower: Decompressor,
  slice: Buffer,
  at: number,
): AsyncGenerator<Buffer, Break> {
  const chunks: Buffer[] = []
  for (let i = 0; ; i++)
    try {
      chunks.push(...(await follower.write(slice.subarray(i, i + 1))))
    } catch (error) {
      if (!isOfBytes(error)) throw error
      yield Buffer.concat(chunks)
      // This error only occurs for the two bytes that begin a member.
      const isNoMember = error.message === 'incorrect header check'
      return isNoMember ? trailing('gzip', at + i - 1) : corrupt('gzip', at + i, error)
    }
}

/**
 * Tells a truncated member from one extra byte after a whole member. After a whole member, another
 * byte stays unused.
 */
async function endOf(follower: Decompressor, last: Buffer, at: number): Promise<Break> {
  if (last.length > 1) await follower.write(last.subarray(0, -1))
  const isWhole = await follower.write(Buffer.of(0)).then(
    () => follower.unused === 1,
    () => false,
  )
  return isWhole ? trailing('gzip', at - 1) : truncated('gzip', at)
}

/**
 * Reads members that follow each other without padding. A decompressor cannot be copied, and
 * returns nothing after an error. So a second one follows one slice behind and reads the broken
 * slice again. This costs about 2 ms per MB of text.
 */
async function* readMembers(packed: PackedBytes): AsyncGenerator<Buffer, Break | null> {
  const lead = open()
  const follower = open()
  let last: Buffer = Buffer.alloc(0)
  try {
    for (;;) {
      const at = packed.offset
      const slice = await packed.take(SLICE_BYTES)
      const isEnd = slice.length === 0
      const following = isEnd || last.length === 0 ? null : follower.write(last)
      let chunks: Buffer[]
      try {
        chunks = await (isEnd ? lead.end() : lead.write(slice))
      } catch (error) {
        if (!isOfBytes(error)) throw error
        await following
        return isEnd ? await endOf(follower, last, at) : yield* salvage(follower, slice, at)
      }
      await following
      yield* chunks
      if (isEnd) return null
      if (lead.unused > 0) {
        packed.giveBack(lead.unused)
        return null
      }
      last = slice
    }
  } finally {
    lead.close()
    follower.close()
  }
}

/**
 * All members of a gzip object (RFC 1952, section 2.2). Zeros between members and after the last
 * one are padding. Other bytes there are a break.
 */
export async function* gunzip(packed: PackedBytes): AsyncGenerator<Buffer, Break | null> {
  for (let runs = 0; runs < MAX_PACKED_PARTS; runs++) {
    const broken = yield* readMembers(packed)
    if (broken) return broken
    await packed.skipZeros()
    const head = await packed.peek(2)
    if (head.length === 0) return null
    if (!isGzip(head)) return trailing('gzip', packed.offset)
  }
  return tooManyParts('gzip', packed.offset)
}
