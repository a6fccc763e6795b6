import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createBitmap } from '../../../functions/search-index/segment/bitmap.ts'
import { encodeNorm } from '../../../functions/search-index/segment/norms.ts'
import { END, type Postings } from '../../../functions/search-index/segment/types.ts'
import { encodeAndOpen, textDocument } from './naive-index.ts'

const COUNT = 3000
/** In document n: `all` n mod 4 + 1 times, `third` in every third, `few` in every 100th, `late` from 2,900 on. */
const wordsOf = (n: number): string[] => [
  ...Array(1 + (n % 4)).fill('all'),
  ...Array(n % 60).fill('filler'),
  ...(n % 3 === 0 ? ['third', 'x', 'third'] : []),
  ...(n % 100 === 0 ? ['few'] : []),
  ...(n >= 2900 ? ['late'] : []),
]
const idOf = (n: number): string => `item-${String(n).padStart(5, '0')}`
const { segment } = encodeAndOpen(
  Array.from({ length: COUNT }, (_, n) => textDocument(idOf(n), wordsOf(n))),
)
const TERMS = ['all', 'third', 'few', 'late', 'filler']
const cursorOf = (term: string): Postings => segment.postings(segment.term('text', term)!)
const docsOf = (term: string): number[] =>
  Array.from({ length: COUNT }, (_, n) => n).filter((n) => wordsOf(n).includes(term))
const frequencyIn = (term: string, doc: number): number =>
  wordsOf(doc).filter((word) => word === term).length
const firstFrom = (docs: readonly number[], target: number): number =>
  docs.find((doc) => doc >= target) ?? END

const anyTerm = fc.constantFrom(...TERMS)
const anyTargets = fc.array(fc.oneof(fc.nat(COUNT + 50), fc.nat(10)), { maxLength: 30 })

describe('A cursor over a posting list', () => {
  test.each(TERMS)('A cursor reads all documents, frequencies and positions of %s', (term) => {
    const cursor = cursorOf(term)
    expect(cursor.doc).toBe(-1)
    const docs: number[] = []
    while (cursor.next() !== END) {
      docs.push(cursor.doc)
      expect(cursor.frequency).toBe(frequencyIn(term, cursor.doc))
      const positions = wordsOf(cursor.doc).flatMap((word, at) => (word === term ? [at] : []))
      expect([...cursor.positions()]).toEqual(positions)
    }
    expect(docs).toEqual(docsOf(term))
    expect(cursor.docs).toBe(docs.length)
    expect([cursor.doc, cursor.next(), cursor.advance(5)]).toEqual([END, END, END])
  })

  test('Any mixture of moves ends where a scan of the list ends', () => {
    const anyMoves = fc.array(
      fc.record({ move: fc.constantFrom('next', 'advance', 'seek'), by: fc.nat(400) }),
    )
    fc.assert(
      fc.property(anyTerm, anyMoves, (term, moves) => {
        const cursor = cursorOf(term)
        const docs = docsOf(term)
        let doc = -1
        for (const { move, by } of moves) {
          const target = Math.min(doc + by, END)
          if (move === 'next') doc = firstFrom(docs, Math.min(doc + 1, END))
          if (move === 'advance') doc = doc >= target ? doc : firstFrom(docs, target)
          if (move === 'next') expect(cursor.next()).toBe(doc)
          else if (move === 'advance') expect(cursor.advance(target)).toBe(doc)
          else cursor.seekBlock(Math.max(target, 0))
          expect(cursor.doc).toBe(doc)
          if (doc < 0 || doc === END) continue
          expect(cursor.frequency).toBe(frequencyIn(term, doc))
          expect(cursor.positions()).toHaveLength(frequencyIn(term, doc))
        }
      }),
    )
  })

  test('The bounds of a block hold for each of its documents', () => {
    fc.assert(
      fc.property(anyTerm, anyTargets, (term, targets) => {
        const cursor = cursorOf(term)
        const docs = docsOf(term)
        for (const target of targets) {
          const { through, maxFrequency, minNorm } = cursor.seekBlock(target)
          const inBlock = docs.filter((doc) => doc >= target && doc <= through)
          if (through === END) expect([inBlock, maxFrequency, minNorm]).toEqual([[], 0, 255])
          else expect(inBlock.at(-1)).toBe(through)
          for (const doc of inBlock) {
            expect(frequencyIn(term, doc)).toBeLessThanOrEqual(maxFrequency)
            expect(encodeNorm(wordsOf(doc).length)).toBeGreaterThanOrEqual(minNorm)
          }
        }
        expect(cursor.doc).toBe(-1)
      }),
    )
  })

  test('The bounds of a block are reached by documents in it', () => {
    const cursor = cursorOf('all')
    const { through, maxFrequency, minNorm } = cursor.seekBlock(0)
    expect({ through, maxFrequency, minNorm }).toEqual({
      through: 127,
      maxFrequency: 4,
      minNorm: 3,
    })
    expect(cursorOf('few').seekBlock(1)).toEqual({ through: 2900, maxFrequency: 1, minNorm: 5 })
  })

  test('Blocks that are passed over are never decoded wrongly afterwards', () => {
    const cursor = cursorOf('third')
    expect(cursor.seekBlock(2000).through).toBeGreaterThan(2000)
    expect(cursor.advance(10)).toBe(12)
    expect(cursor.seekBlock(2500).through).toBeGreaterThan(2500)
    expect(cursor.next()).toBe(15)
    expect([...cursor.positions()]).toEqual([4 + 15, 4 + 15 + 2])
  })

  test('The count without deleted documents is that of a scan', () => {
    fc.assert(
      fc.property(anyTerm, fc.array(fc.nat(COUNT - 1), { maxLength: 300 }), (term, deleted) => {
        const bitmap = createBitmap(COUNT, deleted)
        const cursor = cursorOf(term)
        cursor.next()
        const live = docsOf(term).filter((doc) => !deleted.includes(doc))
        expect(cursor.countWithout(bitmap)).toBe(live.length)
        expect(cursor.frequency).toBe(frequencyIn(term, cursor.doc))
        expect(cursor.next()).toBe(docsOf(term)[1])
      }),
      { numRuns: 50 },
    )
  })

  test('Positions far apart and texts of many words are read', () => {
    const tokens = [0, 5, 1_000_000, 2 ** 31 - 1].map((position) => ({
      ...{ term: 'far', position, start: 0, end: 0 },
    }))
    const many = Array.from({ length: 5000 }, () => 'many')
    const { segment: wide } = encodeAndOpen([
      textDocument('a', [], { fields: { text: tokens } }),
      textDocument('b', many),
    ])
    const far = wide.postings(wide.term('text', 'far')!)
    far.next()
    expect([...far.positions()]).toEqual([0, 5, 1_000_000, 2 ** 31 - 1])
    const often = wide.postings(wide.term('text', 'many')!)
    often.next()
    expect([often.frequency, often.positions().at(-1)]).toEqual([5000, 4999])
    expect(wide.exactLength('text', 1)).toBe(5000)
  })
})
