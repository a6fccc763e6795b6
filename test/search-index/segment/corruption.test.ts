import { describe, expect, test } from 'vitest'
import { CorruptArtifact } from '../../../functions/core/errors.ts'
import { openSegment } from '../../../functions/search-index/segment/open-segment.ts'
import { SECTIONS } from '../../../functions/search-index/segment/sections.ts'
import { encodeAndOpen, goneDocument, textDocument } from './naive-index.ts'

const words = Array.from({ length: 400 }, (_, n) => `word${n % 37}`)
const documents = Array.from({ length: 300 }, (_, n) =>
  textDocument(`item ${n}`, words.slice(n, n + 60), {
    filters: { brand: [`brand ${n % 7}`], tags: ['a', `tag ${n % 3}`] },
    numbers: { price: n / 4, rating: Math.sqrt(n) },
  }),
)
const { index, segment, documents: stored } = encodeAndOpen([...documents, goneDocument('gone')])
const headerLength = new DataView(index.buffer).getUint32(12, true)
const header = JSON.parse(new TextDecoder().decode(index.subarray(32, 32 + headerLength)))

/** First and last byte of each section. */
const places = new Map<string, [number, number]>()
let start = 32 + headerLength
for (const { name, bytes } of header.sections as { name: string; bytes: number }[]) {
  places.set(name, [start, start + bytes - 1])
  start += bytes
}
const flipped = (at: number, mask = 1): Uint8Array => {
  const bytes = index.slice()
  bytes[at]! ^= mask
  return bytes
}
const openFlipped = (at: number) => () => openSegment(flipped(at), 's3://models/one/index')
const changed = (name: string): RegExp =>
  new RegExp(`^s3://models/one/index: ${name}: got checksum [0-9a-f]{32}, expected [0-9a-f]{32}$`)

describe('A damaged segment', () => {
  test('Every section of the test has bytes', () => {
    expect([...places.keys()]).toEqual([...SECTIONS])
    for (const [name, [first, last]] of places) expect(last, name).toBeGreaterThan(first)
    expect(start + 8).toBe(index.length)
  })

  test.each(SECTIONS)('A flipped byte in %s names the section and both checksums', (name) => {
    const [first, last] = places.get(name)!
    for (const at of [first, (first + last) >>> 1, last]) {
      expect(openFlipped(at)).toThrow(CorruptArtifact)
      expect(openFlipped(at)).toThrow(changed(name))
    }
  })

  test('A flipped byte in the header or its checksum is found', () => {
    for (const at of [16, 31, 32, 32 + headerLength - 1])
      expect(openFlipped(at)).toThrow(changed('header'))
    expect(openFlipped(15)).toThrow(/: header: got \d+ bytes, expected at least \d+$/)
    expect(openFlipped(12)).toThrow(changed('header'))
  })

  test('Another magic or format version is refused with both values', () => {
    expect(openFlipped(0)).toThrow(': header: got magic "PMSEGM01", expected "QMSEGM01"')
    expect(() => openSegment(flipped(8, 3), 'x')).toThrow(
      'x: header: got format version 2, expected version 1',
    )
    expect(() => openSegment(new Uint8Array(), 'x')).toThrow(
      'x: header: got magic "", expected "QMSEGM01"',
    )
  })

  test('A truncated object names the section that ends too early', () => {
    const openShort = (length: number) => () => openSegment(index.subarray(0, length), 'x')
    for (let length = 0; length < index.length; length += 97)
      expect(openShort(length)).toThrow(CorruptArtifact)
    expect(openShort(20)).toThrow('x: header: got 20 bytes, expected at least 32')
    const [first, last] = places.get('postings')!
    expect(openShort(last)).toThrow(
      `x: postings: got ${last - first} bytes, expected ${last - first + 1}`,
    )
    expect(openShort(index.length - 1)).toThrow('x: end: got "QMSEGEN", expected "QMSEGEND"')
  })

  test('Bytes after the end are refused', () => {
    const longer = new Uint8Array(index.length + 1)
    longer.set(index)
    expect(() => openSegment(longer, 'x')).toThrow(/x: end: got "QMSEGEND.*", expected "QMSEGEND"/)
  })

  test('Every single flipped byte of a small segment is found', () => {
    const small = encodeAndOpen([textDocument('a', ['x', 'y'])]).index
    for (let at = 0; at < small.length; at++) {
      const bytes = small.slice()
      bytes[at]! ^= 0x80
      expect(() => openSegment(bytes, 'x'), `byte ${at}`).toThrow(CorruptArtifact)
    }
  })

  test('A segment opens at any offset of a larger buffer', () => {
    const larger = new Uint8Array(index.length + 3)
    larger.set(index, 3)
    const moved = openSegment(larger.subarray(3), 'x')
    expect(moved.idOf(7)).toBe(segment.idOf(7))
    expect(moved.norms('text')).toEqual(segment.norms('text'))
  })

  test('Stored documents with a flipped byte or of another length are refused', () => {
    const { from, through } = segment.storedRange(5)
    const bytes = stored.slice(from, through + 1)
    expect(JSON.parse(segment.readStored(5, bytes))).toEqual({ id: segment.idOf(5) })
    bytes[10]! ^= 1
    expect(() => segment.readStored(5, bytes)).toThrow(CorruptArtifact)
    expect(() => segment.readStored(5, bytes)).toThrow(
      `segment.index: documents, bytes ${from} through ${through}: got checksum`,
    )
    expect(() => segment.readStored(5, bytes.subarray(1))).toThrow(
      `documents, bytes ${from} through ${through}: got ${through - from} bytes, expected ${through - from + 1}`,
    )
  })
})
