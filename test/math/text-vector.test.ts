import fc from 'fast-check'
import { expect, test } from 'vitest'
import { textVector } from '../../functions/math/text-vector.ts'

const cosine = (a: Float32Array | null, b: Float32Array | null): number =>
  a!.reduce((sum, value, i) => sum + value * b![i]!, 0)

test('Words in any order give the same bytes', () => {
  const words = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), {
    maxLength: 9,
  })
  fc.assert(
    fc.property(words, (list) => {
      const [there, back] = [list.join(' , '), [...list].reverse().join(' , ')]
      expect(textVector(there, 32)).toEqual(textVector(back, 32))
    }),
  )
})

test('A content vector has length one', () => {
  const vector = textVector('A river runs through the old town', 64)
  expect(cosine(vector, vector)).toBeCloseTo(1, 6)
})

test('Texts with common words are closer than others', () => {
  const vector = (text: string) => textVector(text, 128)
  const query = vector('red running shoes')
  expect(cosine(query, vector('running shoes, blue'))).toBeGreaterThan(0.4)
  expect(cosine(query, vector('runing shoe'))).toBeGreaterThan(0.2)
  expect(Math.abs(cosine(query, vector('kitchen lamp with two switches')))).toBeLessThan(0.2)
})

test('Case and width of letters do not count', () => {
  expect(textVector('ＡＢＣ Straße', 32)).toEqual(textVector('abc straße', 32))
})

test('Scripts without spaces are compared by their characters', () => {
  const vector = (text: string) => textVector(text, 128)
  expect(cosine(vector('東京都庁'), vector('東京都'))).toBeGreaterThan(0.5)
  expect(Math.abs(cosine(vector('東京都庁'), vector('大阪城')))).toBeLessThan(0.25)
})

test('Inner products are near those of the terms that are projected', () => {
  // Fifty texts of ten words from a hundred: words alone give the cosine of their counts.
  let error = 0
  const text = (n: number) => Array.from({ length: 10 }, (_, i) => `w${(n * 7 + i * i) % 100}`)
  for (let n = 0; n < 50; n++) {
    const [a, b] = [text(n), text(n + 1)]
    const exact = cosine(textVector(a.join(' '), 1024), textVector(b.join(' '), 1024))
    error += (cosine(textVector(a.join(' '), 128), textVector(b.join(' '), 128)) - exact) ** 2
  }
  expect(Math.sqrt(error / 50)).toBeLessThan(1.2 / Math.sqrt(128))
})
