import type { Unit } from './units.ts'

export interface ChunkSizes {
  /** A chunk has no more words, unless one unit has. */
  maxWords: number
  /** Nothing is divided so that a part has fewer words, unless nothing else divides it. */
  minWords: number
}

/** Units [from, to). */
export type Range = readonly [from: number, to: number]

/**
 * The best place to divide units [from, to): by rank, then by the anchor's hash, then nearest to the middle. Null
 * if no place leaves `minWords` on both sides.
 */
function bestPlace(
  units: readonly Unit[],
  sums: Float64Array,
  [from, to]: Range,
  minWords: number,
): number | null {
  const middle = (sums[from]! + sums[to]!) / 2
  let best: number | null = null
  for (let at = from + 1; at < to; at++) {
    if (sums[at]! - sums[from]! < minWords || sums[to]! - sums[at]! < minWords) continue
    if (best === null || isBetter(units[at]!, units[best]!, sums[at]!, sums[best]!, middle))
      best = at
  }
  return best
}

function isBetter(a: Unit, b: Unit, atA: number, atB: number, middle: number): boolean {
  if (a.rank !== b.rank) return a.rank > b.rank
  if (a.anchor !== b.anchor) return a.anchor > b.anchor
  return Math.abs(atA - middle) < Math.abs(atB - middle)
}

/**
 * Divides units until no part has more than `maxWords`. A part is divided at its best place, and then each half on
 * its own. The order of places is that of their content, not of their position, as priorities of a treap are (Seidel &
 * Aragon 1996): an edit moves only boundaries whose first words it changes, or of the part whose size it changes.
 * So what is before and after stays as it is, as with content-defined chunking (Muthitacharoen et al. 2001, "A
 * low-bandwidth network file system", section 3.1), but with a largest and a smallest size.
 */
export function divideUnits(
  units: readonly Unit[],
  { maxWords, minWords }: ChunkSizes,
  [from, to]: Range = [0, units.length],
): Range[] {
  // A document may have as many ranges as units, so each call touches the units of its own range only.
  const own = units.slice(from, to)
  const sums = new Float64Array(own.length + 1)
  for (const [i, { words }] of own.entries()) sums[i + 1] = sums[i]! + words
  const done: Range[] = []
  const open: Range[] = from < to ? [[0, own.length]] : []
  for (let range = open.pop(); range !== undefined; range = open.pop()) {
    const [first, end] = range
    const isSmall = sums[end]! - sums[first]! <= maxWords || end - first === 1
    const place = isSmall
      ? null
      : (bestPlace(own, sums, range, minWords) ?? bestPlace(own, sums, range, 0))
    if (place === null) done.push(range)
    else open.push([place, end], [first, place])
  }
  return done.map(([first, end]) => [from + first, from + end])
}
