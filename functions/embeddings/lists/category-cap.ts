/**
 * The first `size` of a ranking in which one category has at most `maxCategoryShare` of `size` places, but at
 * least one. Greedy and stable: goes down the ranking and leaves out what is over its category's cap. −1: no
 * category, no cap.
 *
 * Where the ranking is too short to fill `size` within the cap, the list is shorter; nothing over the cap is
 * put back. A category may then have a greater share of the shorter list.
 */
export function capCategories(
  ranked: Iterable<number>,
  categoryOf: (place: number) => number,
  { size, maxCategoryShare }: { size: number; maxCategoryShare: number },
): number[] {
  const most = Math.max(1, Math.floor(maxCategoryShare * size))
  const counts = new Map<number, number>()
  const kept: number[] = []
  for (const place of ranked) {
    if (kept.length === size) break
    const category = categoryOf(place)
    const count = counts.get(category) ?? 0
    if (category >= 0 && count === most) continue
    counts.set(category, count + 1)
    kept.push(place)
  }
  return kept
}
