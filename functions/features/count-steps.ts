/**
 * Sums that grow in steps, for many groups: each entry adds its count at its time. The entries of a
 * group are in order of time, with the sum up to each.
 */
export interface Steps {
  /** The sum of a group's entries with a time of at most `timeMs`. Fastest for ascending times. */
  sumAt(group: number, timeMs: number): number
  /** Adds the sums that many questions ask for to `sum`, each times `sign`. */
  addSums(asked: AskedGroups, sign: 1 | -1, sum: Int32Array): void
}
/** Many questions, in order of (entity, time). */
export interface AskedGroups {
  timeMs: Float64Array
  /** Where the questions of each entity begin, and at last where they end. */
  starts: Uint32Array
  /** The group of each entity, or -1 if it has none. */
  groups: Int32Array
}

/** The number of entries from `from` to `end` that are below `limit`, found from `hint` on. */
function placeOf(
  sorted: Uint32Array | Float64Array,
  from: number,
  end: number,
  limit: number,
  hint: number,
): number {
  let low = from
  let high = end
  if (hint > from && sorted[hint - 1]! >= limit) high = hint - 1
  else {
    // Doubles its stride until it has passed the limit.
    low = hint
    let stride = 1
    while (low + stride <= end && sorted[low + stride - 1]! < limit) {
      low += stride
      stride *= 2
    }
    high = Math.min(end, low + stride)
  }
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < limit) low = middle + 1
    else high = middle
  }
  return low
}

/** The places of `codes`, sorted by code. Equal codes keep the order that they have in `order`. */
export function sortByCode(
  codes: Uint32Array,
  size: number,
  order: Uint32Array | null = null,
): Uint32Array {
  const ends = new Uint32Array(size + 1)
  for (let i = 0; i < codes.length; i++) ends[codes[i]! + 1]!++
  for (let code = 0; code < size; code++) ends[code + 1]! += ends[code]!
  const sorted = new Uint32Array(codes.length)
  for (let i = 0; i < codes.length; i++) {
    const place = order === null ? i : order[i]!
    sorted[ends[codes[place]!]!++] = place
  }
  return sorted
}

/** Where the entries of each group begin, and at last where they end. */
export function startsOf(group: Uint32Array, groups: number): Uint32Array {
  const starts = new Uint32Array(groups + 1)
  for (let i = 0; i < group.length; i++) starts[group[i]! + 1]!++
  for (let g = 0; g < groups; g++) starts[g + 1]! += starts[g]!
  return starts
}

/** The place of each time among the different times, and these times in order. */
function rankTimes(timeOf: Float64Array): { rankOf: Uint32Array; times: Float64Array } {
  const times = Float64Array.from(new Set(timeOf)).sort()
  const places = new Map<number, number>()
  for (const [place, timeMs] of times.entries()) places.set(timeMs, place)
  return { rankOf: Uint32Array.from(timeOf, (timeMs) => places.get(timeMs)!), times }
}

/** Counts of groups, in order of groups. All entries of one span change at the same times. */
export interface Entries {
  span: Uint32Array
  count: Int32Array
  /** Where each group begins, and at last where they end. */
  starts: Uint32Array
}

/** Sorts some pairs of a rank and a count by rank. They are nearly in order, so few of them move. */
function sortPairs(ranks: Uint32Array, counts: Uint32Array, from: number, end: number): void {
  for (let i = from + 1; i < end; i++) {
    const rank = ranks[i]!
    if (ranks[i - 1]! <= rank) continue
    const count = counts[i]!
    let place = i
    while (place > from && ranks[place - 1]! > rank) {
      ranks[place] = ranks[place - 1]!
      counts[place] = counts[place - 1]!
      place--
    }
    ranks[place] = rank
    counts[place] = count
  }
}

/**
 * Steps of entries, each at the time of its span. Fast if the times of a group's entries nearly ascend.
 * Memory: 8 bytes an entry, and 4 bytes a group.
 */
export function createSteps({ span, count, starts }: Entries, timeOf: Float64Array): Steps {
  const { rankOf, times } = rankTimes(timeOf)
  const ranks = new Uint32Array(span.length)
  for (let i = 0; i < span.length; i++) ranks[i] = rankOf[span[i]!]!
  const sums = Uint32Array.from(count)
  for (let g = 0; g + 1 < starts.length; g++) {
    const end = starts[g + 1]!
    sortPairs(ranks, sums, starts[g]!, end)
    for (let i = starts[g]! + 1; i < end; i++) sums[i]! += sums[i - 1]!
  }
  const hints = starts.slice(0, -1)
  let lastMs = Number.NaN
  let lastRank = 0
  return {
    sumAt(g, timeMs) {
      const from = starts[g]!
      const end = starts[g + 1]!
      if (from === end) return 0
      if (timeMs !== lastMs) {
        lastMs = timeMs
        // Times are whole milliseconds, so `at most t` is `below t + 1`.
        lastRank = placeOf(times, 0, times.length, timeMs + 1, lastRank)
      }
      const hint = hints[g]!
      const place =
        (hint === from || ranks[hint - 1]! < lastRank) && (hint === end || ranks[hint]! >= lastRank)
          ? hint
          : placeOf(ranks, from, end, lastRank, hint)
      hints[g] = place
      return place === from ? 0 : sums[place - 1]!
    },
    addSums({ timeMs, starts: askedFrom, groups }, sign, sum) {
      for (let code = 0; code < groups.length; code++) {
        const g = groups[code]!
        if (g < 0 || starts[g] === starts[g + 1]) continue
        const end = starts[g + 1]!
        let place = starts[g]!
        let reached = 0
        for (let i = askedFrom[code]!; i < askedFrom[code + 1]!; i++) {
          for (; place < end && times[ranks[place]!]! <= timeMs[i]!; place++) reached = sums[place]!
          sum[i]! += sign * reached
        }
      }
    },
  }
}
