/** Two numbered records, and the log-odds that they are one entity. */
export interface WeighedPair {
  a: number
  b: number
  logOdds: number
  /** Whether it may join two groups. All pairs count in the mean. */
  isLink: boolean
}

/**
 * Groups records: the most probable pair first, two groups become one where the mean of the log-odds of all compared
 * pairs between them is positive (average linkage, Sokal and Michener 1958). So one wrong pair does not join two
 * groups that disagree otherwise. Returns groups of two records or more, ascending. O(pairs · log pairs).
 */
export function clusterPairs(count: number, pairs: readonly WeighedPair[]): number[][] {
  const groupOf = Int32Array.from({ length: count }, (_, at) => at)
  const members = new Map<number, number[]>()
  const links = new Map<number, Map<number, number>>()
  const link = (a: number, b: number, logOdds: number): void => {
    const own = links.get(a) ?? new Map<number, number>()
    links.set(a, own.set(b, (own.get(b) ?? 0) + logOdds))
  }
  for (const { a, b, logOdds } of pairs) {
    link(a, b, logOdds)
    link(b, a, logOdds)
  }
  const sorted = pairs
    .filter(({ isLink }) => isLink)
    .sort((x, y) => y.logOdds - x.logOdds || x.a - y.a || x.b - y.b)
  for (const pair of sorted) {
    const [x, y] = [groupOf[pair.a]!, groupOf[pair.b]!]
    if (x === y || (links.get(x)?.get(y) ?? 0) <= 0) continue
    const isXLarger = (links.get(x)?.size ?? 0) >= (links.get(y)?.size ?? 0)
    const [into, from] = isXLarger ? [x, y] : [y, x]
    const moved = members.get(from) ?? [from]
    for (const one of moved) groupOf[one] = into
    members.set(into, [...(members.get(into) ?? [into]), ...moved])
    members.delete(from)
    for (const [other, sum] of links.get(from) ?? []) {
      links.get(other)?.delete(from)
      if (other === into) continue
      link(into, other, sum)
      link(other, into, sum)
    }
    links.delete(from)
  }
  return [...members.values()]
    .map((group) => group.sort((a, b) => a - b))
    .sort((a, b) => a[0]! - b[0]!)
}
