import { KEPT_GENERATIONS, type SearchGeneration } from '../contract/search-index.ts'

/**
 * The generations that stay, the newest first: at most three, and all that a kept release names (`pinned`).
 * Refused ones go first, except the newest; then the oldest.
 */
export function chooseKeptGenerations(
  generations: readonly SearchGeneration[],
  pinned: ReadonlySet<string> = new Set(),
): readonly SearchGeneration[] {
  const kept = [...generations]
  while (kept.length > KEPT_GENERATIONS) {
    const mayGo = ({ generation }: SearchGeneration, place: number): boolean =>
      place > 0 && !pinned.has(generation)
    const refused = kept.findLastIndex(
      (one, place) => mayGo(one, place) && one.status === 'refused',
    )
    const place = refused < 0 ? kept.findLastIndex(mayGo) : refused
    if (place < 0) break
    kept.splice(place, 1)
  }
  return kept
}
