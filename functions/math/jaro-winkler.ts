/** Winkler's scale for the common beginning, and its most characters. */
const PREFIX_SCALE = 0.1
const MAX_PREFIX = 4

/**
 * Jaro similarity of two texts by UTF-16 units, in [0, 1]. Characters match within half the longer length
 * (Jaro 1989, "Advances in record-linkage methodology", section 3.1). 1 for two empty texts.
 */
export function jaro(a: string, b: string): number {
  if (a === b) return 1
  if (a.length === 0 || b.length === 0) return 0
  const reach = Math.max(0, (Math.max(a.length, b.length) >> 1) - 1)
  const taken = new Uint8Array(b.length)
  const matched: number[] = []
  for (let i = 0; i < a.length; i++) {
    const through = Math.min(b.length - 1, i + reach)
    for (let j = Math.max(0, i - reach); j <= through; j++) {
      if (taken[j] || a.charCodeAt(i) !== b.charCodeAt(j)) continue
      taken[j] = 1
      matched.push(a.charCodeAt(i))
      break
    }
  }
  const m = matched.length
  if (m === 0) return 0
  let [at, moved] = [0, 0]
  for (let j = 0; j < b.length; j++) if (taken[j] && b.charCodeAt(j) !== matched[at++]) moved++
  return (m / a.length + m / b.length + (m - moved / 2) / m) / 3
}

/** Jaro similarity with a bonus for a common beginning (Winkler 1990, "String comparator metrics", section 3). */
export function jaroWinkler(a: string, b: string): number {
  const similarity = jaro(a, b)
  const most = Math.min(MAX_PREFIX, a.length, b.length)
  let prefix = 0
  while (prefix < most && a.charCodeAt(prefix) === b.charCodeAt(prefix)) prefix++
  return similarity + prefix * PREFIX_SCALE * (1 - similarity)
}
