import { KEPT_GENERATIONS, type SearchGeneration } from '../contract/search-index.ts'

/**
 * The generations that stay, the newest first: at most three. Refused ones go first, except the newest; then the
 * oldest. So the served one never goes.
 */
export function chooseKeptGenerations(
  generations: readonly SearchGeneration[],
): readonly SearchGeneration[] {
  const kept = [...generations]
  while (kept.length > KEPT_GENERATIONS) {
    const refused = kept.findLastIndex(({ status }, place) => place > 0 && status === 'refused')
    kept.splice(refused < 0 ? kept.length - 1 : refused, 1)
  }
  return kept
}
