import { expect, test } from 'vitest'
import { createContentReader } from '../../../functions/embeddings/content/content-vectors.ts'
import { textVector } from '../../../functions/math/text-vector.ts'

const statement = (attributes: Record<string, string | string[]>, title = '', text = '') => ({
  ...{ attributes, title, text },
})
const readGiven = () =>
  createContentReader({ text: [], vectorFrom: 'attributes.embedding', contentDimensions: 16 })
const numbers = Array.from({ length: 16 }, (_, i) => i - 7.5)

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
