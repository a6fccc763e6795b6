import { Readable } from 'node:stream'
import {
  constants,
  createZstdCompress,
  gunzipSync,
  gzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Break } from '../../functions/intake/breaks.ts'
import { MAX_PACKED_PARTS } from '../../functions/intake/limits.ts'
import { unpack } from '../../functions/intake/unpack.ts'

/** Cuts bytes into chunks of these sizes, over and over. */
function* chunksOf(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, i = 0; at < bytes.length; at += sizes[i++ % sizes.length]!)
    yield bytes.subarray(at, at + sizes[i % sizes.length]!)
}

async function unpacked(bytes: Buffer, sizes: readonly number[] = [2 ** 16], name = 'log.jsonl') {
  const chunks: Buffer[] = []
  let broken: Break | null = null
  const body = Readable.from(chunksOf(bytes, sizes), { objectMode: false })
  for await (const piece of unpack(body, name)) {
    expect(broken).toBeNull()
    if ('chunk' in piece) chunks.push(piece.chunk)
    else broken = piece.break
  }
  return { content: Buffer.concat(chunks), broken: broken as Break | null }
}

const isReadable = (read: () => Buffer): boolean => {
  try {
    read()
    return true
  } catch {
    return false
  }
}

/** All that can be unpacked of broken bytes: the longest prefix that holds no error. */
function readablePrefix(bytes: Buffer, read: (prefix: Buffer) => Buffer): Buffer {
  let good = 0
  let bad = bytes.length + 1
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (isReadable(() => read(bytes.subarray(0, middle)))) good = middle
    else bad = middle
  }
  return good === 0 ? Buffer.alloc(0) : read(bytes.subarray(0, good))
}
const readGzip = (prefix: Buffer): Buffer =>
  gunzipSync(prefix, { finishFlush: constants.Z_SYNC_FLUSH })
const readFrame = (prefix: Buffer): Buffer =>
  zstdDecompressSync(prefix, { finishFlush: constants.ZSTD_e_flush })

/** Text that packs as logs do, and bytes that do not pack at all. */
const content = fc.oneof(
  fc
    .array(fc.constantFrom('user', 'item', '{"a":1}', '\n', 'click', '2026', 'ü'), {
      maxLength: 4000,
    })
    .map((words) => Buffer.from(words.join(''))),
  fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
)
const contents = fc.array(content, { minLength: 1, maxLength: 3 })
const sizes = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 4 })
const level = fc.constantFrom(0, 1, 6)
/** Where something happens, as a share of all. */
const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

const gzipMembers = (all: readonly Buffer[], at: number): Buffer =>
  Buffer.concat(all.map((bytes) => gzipSync(bytes, { level: at })))
/** One block for each 1 KiB, and so many blocks for little text. */
async function zstdFrame(bytes: Buffer): Promise<Buffer> {
  const packer = createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } })
  const out: Buffer[] = []
  packer.on('data', (chunk) => out.push(chunk))
  for (let at = 0; at < bytes.length; at += 1024) {
    packer.write(bytes.subarray(at, at + 1024))
    await new Promise<void>((resolve) => packer.flush(resolve))
  }
  packer.end()
  await new Promise((resolve) => packer.once('end', resolve))
  return Buffer.concat(out)
}
const skippable = (bytes: Buffer): Buffer => {
  const head = Buffer.alloc(8)
  head.writeUInt32LE(0x184d2a53, 0)
  head.writeUInt32LE(bytes.length, 4)
  return Buffer.concat([head, bytes])
}
const flip = (bytes: Buffer, at: number): Buffer => {
  const flipped = Buffer.from(bytes)
  flipped[at]! ^= 0x41
  return flipped
}

describe('Whole compressed objects', () => {
  test('A whole object unpacks to its content, whatever packing and chunks', async () => {
    await fc.assert(
      fc.asyncProperty(contents, level, sizes, async (all, at, cuts) => {
        const whole = Buffer.concat(all)
        const frames = Buffer.concat(await Promise.all(all.map(zstdFrame)))
        for (const bytes of [gzipMembers(all, at), frames])
          expect(await unpacked(bytes, cuts)).toEqual({ content: whole, broken: null })
      }),
      { numRuns: 40 },
    )
  })

  const one = Buffer.from('{"n":1}\n'.repeat(3000))
  const two = Buffer.from('{"n":2}\n'.repeat(3000))
  const both = Buffer.concat([one, two])
  const [gz1, gz2] = [gzipSync(one), gzipSync(two)]
  const [zst1, zst2] = [zstdCompressSync(one), zstdCompressSync(two)]
  const zeros = Buffer.alloc(5000)
  const note = Buffer.from('an index')
  test.each([
    ['two frames', [zst1, zst2]],
    ['a skippable frame first, between and last', [note, zst1, note, zst2, note]],
    ['zeros between and after frames', [zst1, zeros, zst2, zeros]],
    ['two members', [gz1, gz2]],
    ['zeros between and after members', [gz1, zeros, gz2, zeros]],
    ['empty members among others', [gz1, gzipSync(''), gzipSync(''), gz2]],
    ['empty frames among others', [zst1, zstdCompressSync(''), zst2]],
  ])('An object of %s is read to its end', async (_, parts) => {
    const bytes = Buffer.concat(parts.map((part) => (part === note ? skippable(note) : part)))
    for (const cuts of [[2 ** 16], [1], [7, 4096]])
      expect(await unpacked(bytes, cuts)).toEqual({ content: both, broken: null })
  })

  test('Zstd frames without a size or with the largest window are read', async () => {
    const { ZSTD_c_contentSizeFlag, ZSTD_c_windowLog } = constants
    for (const params of [{ [ZSTD_c_contentSizeFlag]: 0 }, { [ZSTD_c_windowLog]: 23 }]) {
      const packer = createZstdCompress({ params })
      packer.end(both)
      const bytes = Buffer.concat(await packer.toArray())
      expect(await unpacked(bytes)).toEqual({ content: both, broken: null })
    }
  })
})

describe('Broken compressed objects', () => {
  const gzip = async (bytes: Buffer, at: number) => gzipSync(bytes, { level: at })
  const zstd = async (bytes: Buffer) => zstdFrame(bytes)

  describe.each([
    ['gzip', gzip, readGzip, 2],
    ['zstd', zstd, readFrame, 4],
  ])('Broken %s objects', (_, pack, read, magicBytes) => {
    const packAll = async (all: readonly Buffer[], at: number) => {
      const parts = await Promise.all(all.map((bytes) => pack(bytes, at)))
      const ends = parts.map((__, i) => Buffer.concat(parts.slice(0, i + 1)).length)
      return { packed: Buffer.concat(parts), parts, ends }
    }
    /** The content of all parts before the byte, and which part has it. */
    const partAt = (all: readonly Buffer[], ends: readonly number[], at: number) => {
      const part = ends.findIndex((end) => at < end)
      return {
        part,
        start: part > 0 ? ends[part - 1]! : 0,
        whole: Buffer.concat(all.slice(0, part)),
      }
    }

    test('Everything that unpacks before a cut is delivered', async () => {
      await fc.assert(
        fc.asyncProperty(contents, level, sizes, share, async (all, at, cuts, where) => {
          const { packed, parts, ends } = await packAll(all, at)
          const cut = magicBytes + Math.floor(where * (packed.length - magicBytes))
          const { content: found, broken } = await unpacked(packed.subarray(0, cut), cuts)
          const { part, start, whole } = partAt(all, ends, cut)
          expect(found).toEqual(
            Buffer.concat([
              whole,
              cut > start ? read(parts[part]!.subarray(0, cut - start)) : whole.subarray(0, 0),
            ]),
          )
          // A part that has hardly begun is not known for one. Cut at an end, the object is whole.
          expect(broken === null).toBe(cut === start)
          if (broken && cut - start >= 4) expect(broken.reason).toBe('truncated_compression')
        }),
        { numRuns: 150 },
      )
    })

    test('Everything that unpacks before a wrong byte is delivered', async () => {
      const change = fc.integer({ min: 1, max: 255 })
      await fc.assert(
        fc.asyncProperty(
          contents,
          level,
          sizes,
          share,
          change,
          async (all, at, cuts, where, bits) => {
            const { packed, ends } = await packAll(all, at)
            const place = magicBytes + Math.floor(where * (packed.length - magicBytes))
            const wrong = Buffer.from(packed)
            wrong[place]! ^= bits
            const { content: found, broken } = await unpacked(wrong, cuts)
            const { start, whole } = partAt(all, ends, place)
            // No part's content depends on such a byte: a name, a time, a flag that means nothing.
            if (broken === null) expect(found).toEqual(Buffer.concat(all))
            else {
              expect(broken.detail).toMatch(/packed byte \d+.*the records before it were read/)
              const expected = Buffer.concat([whole, readablePrefix(wrong.subarray(start), read)])
              // By a wrong header zstd can unpack a part of a block, which is nothing that was packed.
              const isHeader = magicBytes === 4 && place - start < 6
              const end = isHeader ? Math.max(found.length, whole.length) : expected.length
              expect(found).toEqual(expected.subarray(0, end))
            }
          },
        ),
        { numRuns: 150 },
      )
    })
  })

  const text = Buffer.from('{"n":1}\n'.repeat(3000))
  const gz = gzipSync(text)
  const zst = zstdCompressSync(text)
  const at = (bytes: Buffer): RegExp => new RegExp(`packed byte ${bytes.length} `)
  test.each([
    ['a line feed after gzip', gz, '\n'],
    ['a text after gzip', gz, 'the end'],
    ['a text after gzip and zeros', Buffer.concat([gz, Buffer.alloc(9)]), 'the end'],
    ['a text after zstd', zst, 'the end'],
    ['gzip after zstd', zst, gz],
    ['zstd after gzip', gz, zst],
    ['a line feed after zstd', zst, '\n'],
  ])('An object with %s ends in a break at that byte', async (_, packed, rest) => {
    for (const cuts of [[2 ** 16], [1]]) {
      const bytes = Buffer.concat([packed, Buffer.from(rest)])
      const { content: found, broken } = await unpacked(bytes, cuts)
      expect(found).toEqual(text)
      expect(broken).toMatchObject({
        reason: 'trailing_bytes',
        detail: expect.stringMatching(at(packed)),
      })
    }
  })

  test('A gzip with only a wrong checksum reports a doubtful record', async () => {
    for (const place of [gz.length - 6, gz.length - 2]) {
      const { content: found, broken } = await unpacked(flip(gz, place))
      expect(found).toEqual(text)
      expect(broken).toMatchObject({
        reason: 'corrupt_compression',
        detail: expect.stringMatching(/incorrect (data|length) check.*may be corrupt too/),
      })
    }
  })

  test('A zstd frame with only a wrong checksum reports a doubtful record', async () => {
    const packed = await zstdFrame(text)
    const { content: found, broken } = await unpacked(flip(packed, packed.length - 1))
    expect(found).toEqual(text)
    expect(broken!.detail).toMatch(/checksum.*may be corrupt too/)
  })

  test('A zstd window above the bound ends reading with advice on packing', async () => {
    const packer = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: 24 } })
    packer.end(text)
    const large = Buffer.concat(await packer.toArray())
    const { content: found, broken } = await unpacked(Buffer.concat([zst, large]))
    expect(found).toEqual(text)
    expect(broken).toEqual({
      reason: 'window_too_large',
      detail: `the zstd frame at packed byte ${zst.length} needs a window of more than 8 MiB: pack it again without --long and --ultra; the records before it were read, in 24000 unpacked bytes`,
    })
  })

  test('An object with too many frames is read up to the bound', async () => {
    const empty = skippable(Buffer.alloc(0))
    const frames = Buffer.alloc(MAX_PACKED_PARTS * empty.length).fill(empty)
    const { broken } = await unpacked(Buffer.concat([frames, zst]), [2 ** 20])
    expect(broken).toMatchObject({
      reason: 'compression_bomb',
      detail: expect.stringMatching(/more than 1048576 parts.*pack it again as one part/),
    })
  })

  test('A failing source is a fault, not a broken object', async () => {
    for (const packed of [gz, zst, text]) {
      const failing = async function* () {
        yield packed.subarray(0, 20)
        throw new Error('ECONNRESET')
      }
      const reading = async () => {
        for await (const piece of unpack(Readable.from(failing()), 'log'))
          expect(piece).toHaveProperty('chunk')
      }
      await expect(reading()).rejects.toThrow('ECONNRESET')
    }
  })
})
