import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createContentReader } from '../../../functions/embeddings/content/content-vectors.ts'
import { textVector } from '../../../functions/embeddings/content/text-vector.ts'

const cosine = (a: Float32Array | null, b: Float32Array | null): number =>
  a!.reduce((sum, value, i) => sum + value * b![i]!, 0)
const statement = (attributes: Record<string, string | string[]>, title = '', text = '') => ({
  ...{ attributes, title, text },
})
const readGiven = () =>
  createContentReader({ text: [], vectorFrom: 'attributes.embedding', contentDimensions: 16 })
const numbers = Array.from({ length: 16 }, (_, i) => i - 7.5)

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

test('A document without text has no content vector', () => {
  const reader = createContentReader({ text: ['title', 'text'], contentDimensions: 16 })
  expect(reader.vectorOf(statement({}))).toBeNull()
  expect(reader.vectorOf(statement({}, '', ' … '))).toBeNull()
  expect(reader.vectorOf(statement({}, 'Title'))).toEqual(textVector('Title', 16))
  expect(reader.account).toEqual({ withVector: 1, withoutContent: 2, refused: {} })
})

test('Named attributes are read, with all values of a list', () => {
  const reader = createContentReader({ text: ['attributes.tags', 'title'], contentDimensions: 16 })
  const found = reader.vectorOf(statement({ tags: ['red', 'wide'], other: 'blue' }, 'shoe'))
  expect(found).toEqual(textVector('red wide shoe', 16))
})

test('A vector of another model is taken from an attribute', () => {
  const norm = Math.sqrt(numbers.reduce((sum, value) => sum + value * value, 0))
  const expected = Float32Array.from(numbers, (value) => value / norm)
  const base64 = Buffer.from(Float32Array.from(numbers).buffer).toString('base64')
  const forms = [
    numbers.join(','),
    JSON.stringify(numbers),
    numbers.map(String),
    base64,
    [base64.slice(0, 40), base64.slice(40)],
  ]
  for (const embedding of forms)
    expect(readGiven().vectorOf(statement({ embedding }, 'a title'))).toEqual(expected)
})

test('A vector that cannot be used is refused and counted', () => {
  const reader = readGiven()
  const wrong = [
    numbers.map((value, i) => (i === 3 ? 'NaN' : String(value))),
    [...numbers, 1].join(' '),
    Buffer.from(new Float32Array(16).fill(Number.NaN).buffer).toString('base64'),
    'not, a, vector',
    '***',
    new Array(16).fill('0.0'),
  ]
  for (const embedding of wrong) expect(reader.vectorOf(statement({ embedding }))).toBeNull()
  expect(reader.vectorOf(statement({}, 'a title'))).toBeNull()
  expect(reader.account).toEqual({
    ...{ withVector: 0, withoutContent: 1 },
    refused: { not_finite: 2, wrong_dimension: 1, not_a_vector: 2, zero: 1 },
  })
})
