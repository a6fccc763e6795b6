/** The places of events by a code (user, item or request), in the order of the events. */
export interface Groups {
  /** The places of group g are `places[starts[g]]` up to `places[starts[g + 1]]`, without the last. */
  starts: Uint32Array
  places: Uint32Array
}

/**
 * Groups places 0 … length − 1 by their code, stable, by counting: O(length + groups). A place with a
 * negative code, and one that `isKept` refuses, is in no group.
 */
export function groupPlaces(
  codes: ArrayLike<number>,
  groups: number,
  isKept: (place: number) => boolean = () => true,
): Groups {
  const starts = new Uint32Array(groups + 1)
  for (let place = 0; place < codes.length; place++)
    if (codes[place]! >= 0 && isKept(place)) starts[codes[place]! + 1]!++
  for (let g = 0; g < groups; g++) starts[g + 1]! += starts[g]!
  const next = starts.slice(0, groups)
  const places = new Uint32Array(starts[groups]!)
  for (let place = 0; place < codes.length; place++)
    if (codes[place]! >= 0 && isKept(place)) places[next[codes[place]!]!++] = place
  return { starts, places }
}

/** By place: its group, or −1. */
interface Coded {
  codes: ArrayLike<number>
  groups: number
}

/** Some places in order of a code, and of equal codes in their own order: a counting sort. */
function sortByCode(order: Uint32Array, { codes, groups }: Coded): Uint32Array {
  const next = new Uint32Array(groups + 1)
  for (const place of order) if (codes[place]! >= 0) next[codes[place]! + 1]!++
  for (let g = 0; g < groups; g++) next[g + 1]! += next[g]!
  const sorted = new Uint32Array(next[groups]!)
  for (const place of order) if (codes[place]! >= 0) sorted[next[codes[place]!]!++] = place
  return sorted
}

/**
 * Places in order of the last code, of equal ones in order of the code before it and so on, at last in the
 * order of the events: a radix sort, O(length + groups) for each code. A place with a negative code is
 * left out.
 */
export const sortPlaces = ([first, ...others]: readonly [Coded, ...Coded[]]): Uint32Array =>
  others.reduce(sortByCode, groupPlaces(first.codes, first.groups).places)
