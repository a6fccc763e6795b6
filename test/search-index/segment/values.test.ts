import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sha256Hex } from '../../../functions/core/digest.ts'
import { BitReader, BitWriter } from '../../../functions/search-index/segment/bits.ts'
import { encodeNorm, NORM_LENGTHS } from '../../../functions/search-index/segment/norms.ts'
import { openNumbers, writeNumbers } from '../../../functions/search-index/segment/numbers.ts'
import { compareUtf8, sortUtf8 } from '../../../functions/search-index/segment/utf8.ts'
import { byUtf8, encodeAndOpen, textDocument } from './naive-index.ts'

/** The numbers after they were written and read, and their bytes. */
function throughBytes(values: readonly number[]): { values: number[]; bytes: number } {
  const writer = new BitWriter()
  writeNumbers(writer, Float64Array.from(values))
  const bytes = writer.length
  writer.append(new Uint8Array(8))
  const reader = new BitReader(new DataView(writer.written().slice().buffer), 0)
  const read = [...openNumbers(reader, values.length)()]
  expect(reader.align()).toBe(bytes)
  return { values: read, bytes }
}

describe('Values of documents', () => {
  test('Numbers keep every bit', () => {
    const anyNumber = fc.oneof(
      fc.double({ noDefaultInfinity: true }),
      fc.integer().map((cents) => cents / 100),
      fc.maxSafeInteger(),
      fc.constantFrom(Number.NaN, 0, -0, 0.1, Number.MIN_VALUE, Number.MAX_VALUE),
    )
    const anyNumbers = fc.oneof(
      fc.array(anyNumber),
      fc.array(fc.integer().map((cents) => cents / 100)),
      fc.array(fc.nat(1000).map((steps) => 1_700_000_000_000 + 3_600_000 * steps)),
    )
    fc.assert(
      fc.property(anyNumbers, (values) => {
        expect(throughBytes(values).values).toEqual(values)
      }),
      { numRuns: 300 },
    )
  })

  test('Prices, whole hours and absent numbers take few bits', () => {
    const numbers = (value: (n: number) => number): number =>
      throughBytes(Array.from({ length: 1000 }, (_, n) => value(n))).bytes
    expect(numbers((n) => n / 100)).toBeLessThan(1270)
    expect(numbers((n) => 1_700_000_000_000 + 3_600_000 * (n % 24))).toBeLessThan(650)
    expect(numbers(() => Number.NaN)).toBeLessThan(10)
    expect(numbers((n) => Math.sqrt(n + 0.5))).toBe(8001)
  })

  test('Norms and their lengths are those of Lucene', () => {
    // Printed by SmallFloat.intToByte4 and byte4ToInt of Lucene 9.12.3.
    const known = [
      ...[
        [0, 0],
        [23, 23],
        [24, 24],
        [39, 39],
        [40, 40],
        [41, 40],
        [42, 41],
        [56, 48],
        [60, 49],
      ],
      ...[
        [100, 57],
        [1000, 87],
        [65_535, 135],
        [1_000_000, 167],
        [2 ** 31 - 1, 255],
      ],
    ]
    for (const [length, norm] of known) expect(encodeNorm(length!), `${length}`).toBe(norm)
    expect(sha256Hex(NORM_LENGTHS.join(' '))).toBe(
      'cf3aadb2c83fa7c0f73ed48b1125f62cbaef27387cd5b80224f2647e7eb87a04',
    )
  })

  test('The length of a norm is the least with that norm', () => {
    for (let norm = 1; norm < 256; norm++) {
      const least = NORM_LENGTHS[norm]!
      expect(encodeNorm(least)).toBe(norm)
      expect(encodeNorm(least - 1)).toBe(norm - 1)
    }
  })

  test('Exact lengths and norms are kept for texts of any length', () => {
    const lengths = [0, 1, 39, 40, 41, 57, 100, 999, 5001]
    const { segment } = encodeAndOpen(
      lengths.map((length, n) => textDocument(`${n}`, Array(length).fill('x'))),
    )
    expect(lengths.map((_, doc) => segment.exactLength('text', doc))).toEqual(lengths)
    expect([...segment.norms('text')]).toEqual(lengths.map(encodeNorm))
    expect([...segment.norms('title')]).toEqual(lengths.map(() => 0))
  })

  test('Documents of a filter value are those that have the value', () => {
    const anyTags = fc.array(
      fc.array(fc.constantFrom('red', 'blue', 'é', '😀', '\uffee'), { maxLength: 4 }),
      { minLength: 1, maxLength: 100 },
    )
    fc.assert(
      fc.property(anyTags, (tagsByDocument) => {
        const { segment } = encodeAndOpen(
          tagsByDocument.map((tags, n) =>
            textDocument(String(n).padStart(3, '0'), [], {
              filters: { tags, brand: tags.slice(0, 1) },
            }),
          ),
        )
        for (const [attribute, most] of [
          ['tags', 4],
          ['brand', 1],
        ] as const) {
          const { values } = segment.filter(attribute)
          expect(values).toEqual([...values].sort(byUtf8))
          for (const [ordinal, value] of values.entries())
            expect([...segment.filter(attribute).docs(ordinal)]).toEqual(
              tagsByDocument.flatMap((tags, doc) =>
                tags.slice(0, most).some((tag) => tag === value) ? [doc] : [],
              ),
            )
        }
      }),
      { numRuns: 40 },
    )
  })

  test('An ordinal that a filter lacks is refused', () => {
    const { segment } = encodeAndOpen([textDocument('a', [], { filters: { brand: ['x'] } })])
    expect(() => segment.filter('brand').docs(1)).toThrow('got ordinal 1, expected one from 0 to 0')
  })

  test('Texts are ordered as their UTF-8 bytes are', () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 4 })
    fc.assert(
      fc.property(anyText, anyText, fc.array(anyText), (a, b, texts) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(byUtf8(a, b))
        expect(sortUtf8([...texts])).toEqual([...texts].sort(byUtf8))
      }),
      { numRuns: 300 },
    )
  })

  test('Stored texts are read from the range of their own block', () => {
    const texts = Array.from({ length: 500 }, (_, n) =>
      JSON.stringify({ n, text: 'é😀'.repeat(n % 180) }),
    )
    const { segment, documents } = encodeAndOpen(
      texts.map((stored, n) => textDocument(String(n).padStart(4, '0'), [], { stored })),
    )
    const ranges = new Set<number>()
    for (const [doc, text] of texts.entries()) {
      const { from, through } = segment.storedRange(doc)
      ranges.add(from)
      expect(segment.readStored(doc, documents.slice(from, through + 1))).toBe(text)
    }
    expect(ranges.size).toBeGreaterThan(5)
    expect(segment.storedRange(texts.length - 1).through).toBe(documents.length - 1)
  })
})
