import { describe, expect, test } from 'vitest'
import { alignSpace, rotateSpace } from '../../../functions/embeddings/align/align-space.ts'
import { measureDrift, measureSeeds } from '../../../functions/embeddings/align/drift.ts'
import {
  rowOf,
  type SpaceTables,
  sampleIds,
} from '../../../functions/embeddings/align/space-tables.ts'
import { rotateRows } from '../../../functions/math/procrustes.ts'
import { normals, orthogonal } from '../../make/normals.ts'
import { DIMENSIONS, ITEMS, trainedSpace } from '../../make/spaces.ts'

const served = trainedSpace(1)
const fresh = trainedSpace(2)
const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, at) => sum + value * b[at]!, 0)

/** Some items of a space, by their place. */
const only = (
  { items, ...others }: SpaceTables,
  isKept: (place: number) => boolean,
): SpaceTables => {
  const places = items.ids.map((_, n) => n).filter(isKept)
  const rows = (matrix: Float32Array): Float32Array =>
    Float32Array.from(places.flatMap((place) => [...rowOf(matrix, place, DIMENSIONS)]))
  return {
    ...others,
    items: {
      ids: places.map((place) => items.ids[place]!),
      in: rows(items.in),
      out: rows(items.out!),
      degree: Float64Array.from(places, (place) => items.degree[place]!),
      content: null,
    },
  }
}

describe('alignment to the served space', () => {
  test('A rotated space is rotated back', () => {
    const rotation = orthogonal(DIMENSIONS, 77)
    const { tables: turned } = rotateSpace(served, {}, rotation)
    const found = alignSpace(turned, served)
    expect(found.reason).toBe('aligned by one rotation on 300 common items')
    const { tables } = rotateSpace(turned, {}, found.rotation!)
    for (const [at, value] of tables.items.in.entries())
      expect(value).toBeCloseTo(served.items.in[at]!, 4)
    for (const [at, value] of tables.users.in.entries())
      expect(value).toBeCloseTo(served.users.in[at]!, 4)
  })

  test('Inner products stay what they are', () => {
    const contentIn = Float32Array.from(normals(8 * DIMENSIONS, 5))
    const extras = { contentIn, contentOut: contentIn, map: contentIn.slice(0, 2 * DIMENSIONS) }
    const withDocuments = { ...fresh, documents: { ...fresh.users, ids: fresh.users.ids } }
    const { rotation } = alignSpace(fresh, served)
    const after = rotateSpace(withDocuments, extras, rotation!)
    for (let n = 0; n < 50; n++) {
      const [user, item] = [n, (7 * n) % ITEMS]
      const product = ({ users, items }: SpaceTables) =>
        dot(rowOf(users.in, user, DIMENSIONS), rowOf(items.out!, item, DIMENSIONS))
      expect(product(after.tables)).toBeCloseTo(product(fresh), 4)
      const near = ({ documents, items }: SpaceTables) =>
        dot(rowOf(documents!.in, user, DIMENSIONS), rowOf(items.in, item, DIMENSIONS))
      expect(near(after.tables)).toBeCloseTo(near(withDocuments), 4)
    }
    expect(after.extras.map).toBe(extras.map)
    expect(after.extras.contentIn).toEqual(rotateRows(contentIn, rotation!, DIMENSIONS))
  })

  test('Two trainings are alike after one rotation, and not before', () => {
    const before = measureDrift(fresh, served, null)!
    expect(Math.abs(before.cosine.in)).toBeLessThan(0.1)
    const { tables } = rotateSpace(fresh, {}, alignSpace(fresh, served).rotation!)
    const after = measureDrift(tables, served, null)!
    expect(after.common).toBe(ITEMS)
    for (const side of ['in', 'out'] as const) {
      expect(after.cosine[side]).toBeGreaterThan(0.9)
      expect(after.cosine[side]).toBeCloseTo(before.best[side], 5)
      expect(after.best[side]).toBeCloseTo(before.best[side], 5)
    }
  })

  test('Items that another seed does not confirm are astray', () => {
    const clean = measureSeeds(fresh, served)!
    expect(clean.upperQuartile.in).toBeGreaterThan(0.9)
    expect(clean.astray).toEqual({ in: 0, out: 0 })
    const items = { ...fresh.items, in: fresh.items.in.slice() }
    items.in.set(normals(60 * DIMENSIONS, 3))
    const { astray } = measureSeeds({ ...fresh, items }, served)!
    // A few of sixty random vectors point the right way.
    expect(astray.in).toBeGreaterThan(0.17)
    expect(astray.in).toBeLessThanOrEqual(0.2)
    expect(astray.out).toBe(0)
    expect(measureDrift(fresh, served, served)!.seeds!.in).toBeCloseTo(1, 5)
  })

  test('Items of one space alone have no part in it', () => {
    const some = only(fresh, (place) => place < 200)
    const others = only(served, (place) => place >= 100)
    const broken = { ...others, items: { ...others.items, degree: others.items.degree.slice() } }
    // An item without edges was placed by its content.
    broken.items.degree[0] = 0
    expect(alignSpace(some, broken).reason).toBe('aligned by one rotation on 99 common items')
  })

  test('Without enough common items nothing is rotated', () => {
    expect(alignSpace(fresh, null)).toEqual({
      ...{ rotation: null, reason: 'not aligned: nothing is served' },
    })
    const few = only(fresh, (place) => place < DIMENSIONS - 1)
    expect(alignSpace(few, served)).toEqual({
      rotation: null,
      reason: 'not aligned: 15 items with vectors are in both, expected 16 or more',
    })
    expect(measureDrift(few, served, null)).toBeNull()
    const wider = { ...served, dimensions: 32 }
    expect(alignSpace(fresh, wider).reason).toBe(
      'not aligned: it has 16 dimensions, the served one 32',
    )
  })

  test('A vector that is not finite is left out', () => {
    const items = { ...fresh.items, in: fresh.items.in.slice() }
    items.in[0] = Number.NaN
    items.in.fill(0, DIMENSIONS, 2 * DIMENSIONS)
    const { rotation, reason } = alignSpace({ ...fresh, items }, served)
    expect(reason).toBe('aligned by one rotation on 298 common items')
    expect(rotation!.every(Number.isFinite)).toBe(true)
  })

  test('A sample of ids stays as others come and go', () => {
    const ids = Array.from({ length: 500 }, (_, n) => `id-${String(n).padStart(3, '0')}`)
    const sample = sampleIds(ids, 50, 1)
    expect(sample).toHaveLength(50)
    const gone = sampleIds(ids.slice(0, 480), 50, 1)
    expect(sample.filter((id) => gone.includes(id)).length).toBeGreaterThan(44)
    expect(sampleIds(ids, 500, 1)).toEqual(ids)
  })
})
