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
