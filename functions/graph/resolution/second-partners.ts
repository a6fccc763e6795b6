import type { Candidates } from './candidates.ts'
import { compareAll } from './comparisons.ts'
import { pairWeights } from './learn-weights.ts'
import type { Weighed } from './weigh.ts'

/** Natural log-odds: a second partner is about as good as the first one. */
const MAX_GAP = 0.5

/** A pair that shares a record with an assigned one. */
interface Second {
  first: number
  second: number
}

/** Pairs of an assigned record with a free one, about as heavy as the assigned pair, and the free record's heaviest. */
function nearTies(
  { left, right }: Candidates,
  weights: Float64Array,
  assigned: readonly number[],
): Second[] {
  const ends = [left, right] as const
  const taken = ends.map((side) => new Map(assigned.map((pair) => [side[pair]!, pair])))
  const best = ends.map((side) => {
    const own = new Map<number, number>()
    for (let pair = 0; pair < weights.length; pair++) {
      const known = own.get(side[pair]!)
      if (known === undefined || weights[pair]! > weights[known]!) own.set(side[pair]!, pair)
    }
    return own
  })
  const ties: Second[] = []
  for (let second = 0; second < weights.length; second++) {
    const [byLeft, byRight] = [taken[0]!.get(left[second]!), taken[1]!.get(right[second]!)]
    if ((byLeft === undefined) === (byRight === undefined)) continue
    const first = (byLeft ?? byRight)!
    const free = byLeft === undefined ? 0 : 1
    if (best[free]!.get(ends[free]![second]!) !== second) continue
    if (weights[first]! - weights[second]! <= MAX_GAP) ties.push({ first, second })
  }
  return ties
}

/**
 * A source may list an entity twice. Then both records belong to one partner: each weighs about as much with it, and
 * by the same weights the two are one entity. Returns places of second pairs by the place of the assigned one.
 */
export function secondPartners(
  { pair, candidates, learned }: Weighed,
  assigned: readonly number[],
): Map<number, number[]> {
  const { left, right, sizes } = candidates
  const { weights, model } = learned
  const seconds = new Map<number, number[]>()
  const ties = nearTies(candidates, weights, assigned)
  for (const side of [0, 1] as const) {
    const own = ties.filter(({ first, second }) => (left[first] === left[second]) === (side === 1))
    const ends = side === 0 ? left : right
    const twins: Candidates = {
      left: Int32Array.from(own, ({ first }) => ends[first]!),
      right: Int32Array.from(own, ({ second }) => ends[second]!),
      ...{ sizes: [sizes[side], sizes[side]], isOneSource: true },
    }
    const comparisons = compareAll({ ...pair, sides: [pair.sides[side], pair.sides[side]] }, twins)
    const alike = pairWeights(comparisons, model.comparisons, own.length)
    for (const [at, { first, second }] of own.entries())
      if (alike[at]! + model.priorLogOdds > 0)
        seconds.set(first, [...(seconds.get(first) ?? []), second])
  }
  return seconds
}
