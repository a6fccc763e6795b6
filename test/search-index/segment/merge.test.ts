import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createBitmap, goneBitmap } from '../../../functions/search-index/segment/bitmap.ts'
import { encodeSegment } from '../../../functions/search-index/segment/encode-segment.ts'
import {
  type MergePart,
  mergeSegments,
} from '../../../functions/search-index/segment/merge-segments.ts'
import type { IndexedDocument } from '../../../functions/search-index/segment/types.ts'
import { anyDocuments, encodeAndOpen, goneDocument, SHAPE, textDocument } from './naive-index.ts'

/** A part of documents, of which those ids are replaced. */
function partOf(
  documents: readonly IndexedDocument[],
  replaced: readonly string[] = [],
): MergePart {
  const { segment, documents: bytes } = encodeAndOpen(documents)
  const docs = replaced.map((id) => segment.find(id)).filter((doc) => doc >= 0)
  return { segment, documents: bytes, deleted: createBitmap(segment.count, docs) }
}
const at = (document: IndexedDocument, knowableMs: number): IndexedDocument => ({
  ...document,
  version: { ...document.version, knowableMs },
})
const expectSameBytes = (parts: readonly MergePart[], documents: readonly IndexedDocument[]) =>
  expect(mergeSegments(SHAPE, parts)).toEqual(encodeSegment(SHAPE, documents))

describe('A merge of segments', () => {
  test('A merge has the bytes of one segment of the same documents', () => {
    const anyParts = anyDocuments(80).chain((documents) =>
      fc.tuple(
        fc.constant(documents),
        fc.array(fc.tuple(fc.nat(3), fc.boolean()), {
          minLength: documents.length,
          maxLength: documents.length,
        }),
      ),
    )
    fc.assert(
      fc.property(anyParts, ([documents, fates]) => {
        const parts = [0, 1, 2, 3].map((part) => {
          const own = documents.filter((_, n) => fates[n]![0] === part)
          const replaced = own.filter((document) => fates[documents.indexOf(document)]![1])
          return partOf(
            own,
            replaced.map(({ id }) => id),
          )
        })
        const kept = documents.filter(({ content }, n) => content === null || !fates[n]![1])
        expectSameBytes(parts, kept)
      }),
      { numRuns: 60 },
    )
  })

  test('A merge of long lists has the bytes of one segment', () => {
    const documents = Array.from({ length: 900 }, (_, n) =>
      textDocument(`id ${(n * 7919) % 1009}`, [
        ...['all', ...Array(n % 50).fill(`often ${n % 3}`)],
        ...[`word ${n % 97}`, n < 300 ? 'only in one' : 'in others'],
      ]),
    )
    const kept = documents.filter((_, n) => n % 10 !== 3)
    const removed = documents.filter((_, n) => n % 10 === 3).map(({ id }) => id)
    const parts = [documents.slice(0, 300), documents.slice(300, 310), documents.slice(310)]
    expectSameBytes(
      parts.map((part) => partOf(part, removed)),
      kept,
    )
  })

  test('A merge of one segment without deletions changes no byte', () => {
    const documents = [textDocument('b', ['x', 'y']), goneDocument('a'), textDocument('c', [])]
    expectSameBytes([partOf(documents)], documents)
  })

  test('A merge of no documents is an empty segment', () => {
    expectSameBytes([], [])
    expectSameBytes([partOf([textDocument('a', ['x'])], ['a']), partOf([])], [])
  })

  test('A gone document stays even though it is among the deleted', () => {
    const gone = goneDocument('a')
    const part = partOf([gone, textDocument('b', ['x'])])
    const deleted = goneBitmap(part.segment)
    expectSameBytes([{ ...part, deleted }], [gone, textDocument('b', ['x'])])
  })

  test('The greatest version of an id that several parts have stays', () => {
    const older = at(textDocument('a', ['old']), 1)
    const newer = at(textDocument('a', ['new']), 2)
    const gone = goneDocument('a', 3)
    expectSameBytes([partOf([older]), partOf([newer])], [newer])
    expectSameBytes([partOf([gone]), partOf([newer], ['a'])], [gone])
    expectSameBytes([partOf([older], ['a']), partOf([gone]), partOf([newer])], [gone])
    expectSameBytes([partOf([goneDocument('a', 1)]), partOf([newer])], [newer])
    expectSameBytes(
      [partOf([goneDocument('a', 1)]), partOf([goneDocument('a', 4)])],
      [goneDocument('a', 4)],
    )
  })

  test('Values and drops of deleted documents leave no trace', () => {
    const content = { filters: { brand: ['gone brand'] }, numbers: { price: 1e300 } }
    const deleted = textDocument('a', ['x'], content)
    const kept = textDocument('b', ['y'], { filters: { brand: ['kept'] }, numbers: { price: 2 } })
    const other = { ...deleted, version: { ...deleted.version, drop: 'another' } }
    expectSameBytes([partOf([other, kept], ['a'])], [kept])
  })

  test('A segment of another shape is refused with both shapes', () => {
    const part = partOf([textDocument('a', ['x'])])
    expect(() => mergeSegments({ ...SHAPE, generation: 'other' }, [part])).toThrow(
      /merge: got a segment of shape .*0a1b2c3d.*, expected .*other/,
    )
  })

  test('Other stored documents than those of the segment are refused', () => {
    const part = partOf([textDocument('a', ['x'])])
    const { length } = part.documents
    const shorter = { ...part, documents: part.documents.subarray(1) }
    expect(() => mergeSegments(SHAPE, [shorter])).toThrow(
      `segment.index: documents: got ${length - 1} bytes, expected ${length}`,
    )
    const changed = part.documents.slice()
    changed[3]! ^= 1
    expect(() => mergeSegments(SHAPE, [{ ...part, documents: changed }])).toThrow(
      /segment.index: documents, bytes 0 through \d+: got checksum [0-9a-f]{16}, expected/,
    )
  })
})
