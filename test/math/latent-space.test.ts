import { expect, test } from 'vitest'
import { countTerms, fitLatentSpace, latentProjector } from '../../functions/math/latent-space.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { singularValues } from '../../functions/math/svd.ts'

const OPTIONS = { dimensions: 2, minChunks: 1, passes: 4, seed: 1 }
const cosine = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0)

test('Words that share no text are near through their neighbours', () => {
  const texts = [
    ['car', 'engine', 'road'],
    ['automobile', 'engine', 'road'],
    ['car', 'wheel', 'engine'],
    ['automobile', 'wheel', 'road'],
    ['tulip', 'garden', 'rose'],
    ['flower', 'garden', 'rose'],
    ['tulip', 'petal', 'garden'],
    ['flower', 'petal', 'rose'],
  ]
  const project = latentProjector(fitLatentSpace(texts.map(countTerms), OPTIONS))
  const [car, automobile, tulip] = [['car'], ['automobile'], ['tulip']].map(
    (text) => project(countTerms(text))!,
  )
  expect(cosine(car!, automobile!)).toBeGreaterThan(0.7)
  expect(cosine(car!, tulip!)).toBeLessThan(0.2)
  expect(project(countTerms(['unknown']))).toBeNull()
})

test('The space is that of the leading singular vectors', () => {
  const uniform = seededUniform(5)
  const words = Array.from({ length: 12 }, (_, i) => `w${String(i).padStart(2, '0')}`)
  // Three subjects of four words each, so that the first three singular values stand out.
  const texts = Array.from({ length: 60 }, (_, t) =>
    Array.from({ length: 8 }, () => words[4 * (t % 3) + Math.floor(4 * uniform())]!).concat(
      uniform() < 0.3 ? [words[Math.floor(12 * uniform())]!] : [],
    ),
  )
  const space = fitLatentSpace(texts.map(countTerms), { ...OPTIONS, dimensions: 3, passes: 12 })
  const rows = texts.map((text) => {
    const counts = space.terms.map((term) => text.filter((word) => word === term).length)
    const row = counts.map((count, i) => (count > 0 ? (1 + Math.log(count)) * space.rarity[i]! : 0))
    const norm = Math.hypot(...row)
    return row.map((value) => value / norm)
  })
  const n = space.terms.length
  const gram = Float64Array.from({ length: n * n }, (_, at) =>
    rows.reduce((sum, row) => sum + row[Math.floor(at / n)]! * row[at % n]!, 0),
  )
  const { u } = singularValues(gram, n)
  // Projections onto the two subspaces are the same matrix.
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      let [ours, theirs] = [0, 0]
      for (let d = 0; d < 3; d++) {
        ours += space.vectors[i * 3 + d]! * space.vectors[j * 3 + d]!
        theirs += u[i * n + d]! * u[j * n + d]!
      }
      expect(ours).toBeCloseTo(theirs, 4)
    }
})

test('The same texts give the same bytes', () => {
  const texts = [
    ['a', 'b'],
    ['b', 'c'],
    ['a', 'c', 'd'],
  ].map(countTerms)
  expect(fitLatentSpace(texts, OPTIONS).vectors).toEqual(fitLatentSpace(texts, OPTIONS).vectors)
  expect(fitLatentSpace([], OPTIONS)).toMatchObject({ dimensions: 0, terms: [] })
})
