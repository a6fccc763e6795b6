import type { Draws } from './draws.ts'

/** A choice by weight. Costs one draw and a binary search. */
export function weightedChoice<T>(
  from: readonly T[],
  weightOf: (one: T) => number,
): (draws: Draws) => T {
  const cumulative = new Float64Array(from.length)
  let sum = 0
  from.forEach((one, i) => {
    sum += weightOf(one)
    cumulative[i] = sum
  })
  return (draws) => {
    const target = draws.uniform() * sum
    let low = 0
    let high = from.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (cumulative[middle]! < target) low = middle + 1
      else high = middle
    }
    return from[low]!
  }
}
