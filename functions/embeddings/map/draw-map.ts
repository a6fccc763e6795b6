import type { VectorTable } from '../../contract/space.ts'
import type { MapPoint, NeighbourChange, SpaceMap } from '../../contract/space-comparison.ts'
import { placesOfLargest } from '../../math/largest.ts'
import { principalComponents } from '../../math/pca.ts'
import { normOf, rowOf, sampleIds, unitOf, visitCommon } from '../align/space-tables.ts'

/** Items that the two axes are found from, that are drawn, and whose neighbours are shown. */
const MAX_SAMPLED = 5000
const POINTS = 500
const SHOWN = 10
const NEIGHBOURS = 5
const MAP_SEED = 2

type Items = Pick<VectorTable, 'ids' | 'in' | 'degree'>
const dimensionsOf = ({ ids, in: rows }: Items): number => rows.length / Math.max(1, ids.length)

/** Directions of some items, by ascending ids. An item without one is left out. */
function directionsOf(items: Items, ids: readonly string[]): { id: string; unit: Float32Array }[] {
  const dimensions = dimensionsOf(items)
  const found: { id: string; unit: Float32Array }[] = []
  visitCommon(items.ids, ids, (row) => {
    const unit = unitOf(rowOf(items.in, row, dimensions))
    if (unit) found.push({ id: items.ids[row]!, unit })
  })
  return found
}

/**
 * The map of a space, dimensions × 2: an item lies at its direction in(i)/|in(i)| times it. The first generation's axes are
 * the first two principal components of the directions. Later ones keep the served map, because an
 * aligned space lies where the served one does: so the map does not spin.
 */
export function mapOf(items: Items, served: Float32Array | null): Float32Array {
  const dimensions = dimensionsOf(items)
  if (served && served.length === 2 * dimensions) return served
  const directions = directionsOf(items, sampleIds(items.ids, MAX_SAMPLED, MAP_SEED))
  if (directions.length === 0) return new Float32Array(2 * dimensions)
  const rows = new Float32Array(directions.length * dimensions)
  for (const [at, { unit }] of directions.entries()) rows.set(unit, at * dimensions)
  return Float32Array.from(principalComponents(rows, dimensions, 2))
}

/** What a page says of an item. */
export interface ItemLabels {
  titleOf(id: string): string | null
  categoryOf(id: string): string | null
}

/** At most 500 items by hash, so that mostly the same ones are drawn every time. */
function mapPoints(items: Items, map: Float32Array, labels: ItemLabels): MapPoint[] {
  const ids = items.ids.filter((_, row) => items.degree[row]! > 0)
  return directionsOf(items, sampleIds(ids, POINTS, MAP_SEED)).map(({ id, unit }) => {
    const along = (axis: 0 | 1): number =>
      unit.reduce((sum, value, i) => sum + value * map[2 * i + axis]!, 0)
    return {
      ...{ id, title: labels.titleOf(id) ?? id, category: labels.categoryOf(id) },
      ...{ x: along(0), y: along(1) },
    }
  })
}

/** The nearest items by the cosine of `in`, itself left out. */
function nearestIds(items: Items, id: string): string[] {
  const dimensions = dimensionsOf(items)
  const query = unitOf(rowOf(items.in, items.ids.indexOf(id), dimensions))
  if (!query) return []
  const scores = Float64Array.from(items.ids, (other, row) => {
    const vector = rowOf(items.in, row, dimensions)
    const norm = normOf(vector)
    if (other === id || norm === 0) return Number.NEGATIVE_INFINITY
    return vector.reduce((sum, value, i) => sum + value * query[i]!, 0) / norm
  })
  return Array.from(placesOfLargest(scores, NEIGHBOURS), (place) => items.ids[place]!)
}

/** The ten items of the greatest degree in both spaces: whose neighbours a reader can judge. */
function shownIds(items: Items, served: Items | null): string[] {
  const isServed = served && new Set(served.ids)
  const rows = items.ids
    .map((_, row) => row)
    .filter((row) => isServed?.has(items.ids[row]!) ?? true)
  return rows
    .sort((a, b) => items.degree[b]! - items.degree[a]! || a - b)
    .slice(0, SHOWN)
    .map((row) => items.ids[row]!)
}

function neighbourChanges(items: Items, served: Items | null): NeighbourChange[] {
  return shownIds(items, served).map((id) => ({
    id,
    before: served && nearestIds(served, id),
    after: nearestIds(items, id),
  }))
}

/** What the page shows of a space: where items lie, and ten items with their neighbours in the served space and in this one. */
export function drawMap(
  items: Items,
  served: Items | null,
  map: Float32Array,
  labels: ItemLabels,
): SpaceMap {
  const neighbours = neighbourChanges(items, served)
  const named = neighbours.flatMap(({ id, before, after }) => [id, ...(before ?? []), ...after])
  const titles = [...new Set(named)].sort().flatMap((id) => {
    const title = labels.titleOf(id)
    return title === null ? [] : [[id, title] as const]
  })
  return {
    points: mapPoints(items, map, labels),
    neighbours,
    titles: Object.fromEntries(titles),
  }
}
