import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CorruptArtifact } from '../../../functions/core/errors.ts'
import {
  createBitmap,
  decodeBitmap,
  encodeBitmap,
  goneBitmap,
  membersOf,
  withDeleted,
} from '../../../functions/search-index/segment/bitmap.ts'
import { encodeAndOpen, goneDocument, textDocument } from './naive-index.ts'

const anySet = fc.integer({ min: 1, max: 3000 }).chain((capacity) =>
  fc.record({
    capacity: fc.constant(capacity),
    docs: fc.oneof(
      fc.array(fc.nat(capacity - 1), { maxLength: 40 }),
      fc.constant(Array.from({ length: capacity }, (_, doc) => doc)),
    ),
  }),
)
const sorted = (docs: Iterable<number>): number[] => [...new Set(docs)].sort((a, b) => a - b)

describe('A bitmap', () => {
  test('A bitmap has exactly its members and counts them in any range', () => {
    fc.assert(
      fc.property(anySet, fc.nat(3100), fc.nat(3100), ({ capacity, docs }, from, through) => {
        const bitmap = createBitmap(capacity, docs)
        const members = sorted(docs)
        expect(bitmap.size).toBe(members.length)
        expect([...membersOf(bitmap)]).toEqual(members)
        expect(bitmap.countIn(from, through)).toBe(
          members.filter((doc) => doc >= from && doc <= through).length,
        )
        for (const doc of [0, from, through]) expect(bitmap.has(doc)).toBe(members.includes(doc))
      }),
    )
  })

  test('An encoded bitmap is read back, and equal sets have equal bytes', () => {
    fc.assert(
      fc.property(anySet, ({ capacity, docs }) => {
        const bytes = encodeBitmap(createBitmap(capacity, docs))
        const decoded = decodeBitmap(bytes, 'x')
        expect([...membersOf(decoded)]).toEqual(sorted(docs))
        expect(encodeBitmap(decoded)).toEqual(bytes)
        expect(encodeBitmap(createBitmap(capacity, docs.toReversed()))).toEqual(bytes)
      }),
    )
  })

  test('More deleted documents join the set and leave the old one alone', () => {
    fc.assert(
      fc.property(anySet, fc.array(fc.nat(2999)), ({ capacity, docs }, others) => {
        const more = others.filter((doc) => doc < capacity)
        const before = createBitmap(capacity, docs)
        const bytes = encodeBitmap(before)
        const after = withDeleted(before, more)
        expect([...membersOf(after)]).toEqual(sorted([...docs, ...more]))
        expect(encodeBitmap(before)).toEqual(bytes)
      }),
    )
  })

  test('More documents can be deleted from a decoded empty set', () => {
    const empty = decodeBitmap(encodeBitmap(createBitmap(500, [])), 'x')
    expect([empty.size, empty.has(3), empty.countIn(0, 499)]).toEqual([0, false, 0])
    expect([...membersOf(withDeleted(empty, [3, 499]))]).toEqual([3, 499])
  })

  test('A document outside the segment is refused', () => {
    expect(() => createBitmap(3, [3])).toThrow('got document 3, expected one from 0 to 2')
    expect(() => withDeleted(createBitmap(3, []), [-1])).toThrow(RangeError)
  })

  test('The gone documents of a segment are its first deletions', () => {
    const { segment } = encodeAndOpen([goneDocument('b'), textDocument('a', []), goneDocument('c')])
    expect([...membersOf(goneBitmap(segment))]).toEqual([1, 2])
  })

  test('Every flipped byte, and every truncation, of a bitmap is found', () => {
    const bytes = encodeBitmap(createBitmap(1000, [1, 2, 500, 999]))
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice()
      changed[at]! ^= 0x10
      expect(() => decodeBitmap(changed, 'x'), `byte ${at}`).toThrow(CorruptArtifact)
      expect(() => decodeBitmap(bytes.subarray(0, at), 'x')).toThrow(CorruptArtifact)
    }
    expect(() => decodeBitmap(bytes.subarray(0, 5), 's3://models/bits')).toThrow(
      's3://models/bits: got 5 bytes, expected at least 28',
    )
  })

  test('A dense and a sparse bitmap take few bytes', () => {
    const docs = Array.from({ length: 100_000 }, (_, doc) => doc)
    const bytesOf = (members: readonly number[]): number =>
      encodeBitmap(createBitmap(100_000, members)).length
    expect(bytesOf([])).toBe(36)
    expect(bytesOf([7])).toBeLessThan(45)
    expect(bytesOf(docs.filter((doc) => doc % 2 === 0))).toBeLessThan(100_000 / 8)
    expect(bytesOf(docs.filter((doc) => doc % 1000 === 0))).toBeLessThan(200)
  })
})
