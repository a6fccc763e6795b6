import { describe, expect, test } from 'vitest'
import { spaceComparisonSchema } from '../../../functions/contract/space-comparison.ts'
import { alignSpace, rotateSpace } from '../../../functions/embeddings/align/align-space.ts'
import { drawMap, mapOf } from '../../../functions/embeddings/map/draw-map.ts'
import { DIMENSIONS, ITEMS, trainedSpace } from '../../make/spaces.ts'

const served = trainedSpace(1).items
const fresh = rotateSpace(
  trainedSpace(2),
  {},
  alignSpace(trainedSpace(2), trainedSpace(1)).rotation!,
).tables.items
const labels = {
  titleOf: (id: string) => (id.endsWith('1') ? `Title ${id}` : null),
  categoryOf: (id: string) => (id < 'i0100' ? 'first' : null),
}
const map = mapOf(served, null)
const distance = (a: { x: number; y: number }, b: { x: number; y: number }): number =>
  Math.hypot(a.x - b.x, a.y - b.y)

describe('the map of a space', () => {
  test('An aligned space lies where the served one does', () => {
    const [before, after] = [served, fresh].map((items) => drawMap(items, null, map, labels).points)
    const moved = after!.map((point, n) => distance(point, before![n]!))
    const apart = after!.map((point, n) => distance(point, before![(n + 50) % ITEMS]!))
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length
    expect(mean(moved)).toBeLessThan(0.5 * mean(apart))
    expect(mapOf(fresh, map)).toBe(map)
  })

  test('A space of other dimensions gets axes of its own', () => {
    expect(mapOf(fresh, new Float32Array(8))).toHaveLength(2 * DIMENSIONS)
    expect(mapOf({ ids: [], in: new Float32Array(), degree: new Float64Array() }, null)).toEqual(
      new Float32Array(),
    )
  })

  test('The first axis spreads items most', () => {
    const { points } = drawMap(served, null, map, labels)
    const variance = (values: number[]): number => {
      const mean = values.reduce((a, b) => a + b, 0) / values.length
      return values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
    }
    const alongX = variance(points.map(({ x }) => x))
    expect(alongX).toBeGreaterThanOrEqual(variance(points.map(({ y }) => y)))
    // No single dimension spreads the directions more than the first component.
    const dimensions = Array.from({ length: DIMENSIONS }, (_, axis) => {
      const unit = Float32Array.from({ length: 2 * DIMENSIONS }, (_one, at) =>
        Number(at === 2 * axis),
      )
      return variance(drawMap(served, null, unit, labels).points.map(({ x }) => x))
    })
    expect(alongX).toBeGreaterThanOrEqual(Math.max(...dimensions) - 1e-3)
  })

  test('Points are named, coloured and stable', () => {
    const { points } = drawMap(served, null, map, labels)
    expect(points).toHaveLength(ITEMS)
    expect(points[1]).toMatchObject({ id: 'i0001', title: 'Title i0001', category: 'first' })
    expect(points[200]).toMatchObject({ id: 'i0200', title: 'i0200', category: null })
  })

  test('Ten known items are shown with their neighbours before and after', () => {
    const drawn = drawMap(fresh, served, map, labels)
    // Their degrees are 50, and then 49.
    const ids = ['0049', '0099', '0149', '0199', '0249', '0299', '0048', '0098', '0148', '0198']
    expect(drawn.neighbours.map(({ id }) => id)).toEqual(ids.map((id) => `i${id}`))
    for (const { id, before, after } of drawn.neighbours) {
      expect([before!.length, after.length]).toEqual([5, 5])
      expect([...before!, ...after]).not.toContain(id)
    }
    const kept = drawn.neighbours.filter(({ before, after }) =>
      after.some((other) => before!.includes(other)),
    )
    expect(kept.length).toBeGreaterThan(7)
    for (const [id, title] of Object.entries(drawn.titles)) expect(title).toBe(`Title ${id}`)
    expect(drawMap(fresh, null, map, labels).neighbours[0]!.before).toBeNull()
    expect(spaceComparisonSchema.shape.map.parse(drawn)).toEqual(drawn)
  })

  test('The nearest items are those of a full sort', () => {
    const drawn = drawMap(served, served, map, labels)
    const unit = (n: number): number[] => {
      const row = [...served.in.subarray(n * DIMENSIONS, (n + 1) * DIMENSIONS)]
      return row.map((value) => value / Math.hypot(...row))
    }
    const place = served.ids.indexOf(drawn.neighbours[0]!.id)
    const cosine = (n: number): number =>
      unit(n).reduce((sum, value, i) => sum + value * unit(place)[i]!, 0)
    const expected = served.ids
      .map((id, n) => ({ id, cosine: cosine(n) }))
      .filter((_, n) => n !== place)
      .sort((a, b) => b.cosine - a.cosine)
      .slice(0, 5)
      .map(({ id }) => id)
    expect(drawn.neighbours[0]!.after).toEqual(expected)
  })
})
