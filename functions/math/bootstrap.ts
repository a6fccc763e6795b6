import { quantileOfSorted } from './quantile.ts'
import { seededUniform } from './random.ts'

export interface MeanInterval {
  mean: number
  low: number
  high: number
}

interface Clusters {
  sums: number[]
  sizes: number[]
}

function sumClusters(
  values: ArrayLike<number>,
  weights: ArrayLike<number>,
  clusters: readonly string[],
): Clusters {
  const index = new Map<string, number>()
  const sums: number[] = []
  const sizes: number[] = []
  clusters.forEach((name, i) => {
    let cluster = index.get(name)
    if (cluster === undefined) {
      cluster = sums.length
      index.set(name, cluster)
      sums.push(0)
      sizes.push(0)
    }
    sums[cluster]! += values[i]!
    sizes[cluster]! += weights[i]!
  })
  return { sums, sizes }
}

/** The mean of a resample: as many clusters as there are, drawn with replacement. */
function redraw({ sums, sizes }: Clusters, uniform: () => number): number {
  let sum = 0
  let size = 0
  for (let draw = 0; draw < sums.length; draw++) {
    const cluster = Math.floor(uniform() * sums.length)
    sum += sums[cluster]!
    size += sizes[cluster]!
  }
  return sum / size
}

const total = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
const meanOf = ({ sums, sizes }: Clusters): number => total(sums) / total(sizes)

function percentiles(ascending: Float64Array, confidence: number): { low: number; high: number } {
  const tail = (1 - confidence) / 2
  return { low: quantileOfSorted(ascending, tail), high: quantileOfSorted(ascending, 1 - tail) }
}

/**
 * Weighted mean of per-row differences with a percentile bootstrap interval (Efron & Tibshirani
 * 1993, section 13.3). Whole clusters are drawn, because rows of one user are not independent
 * (Cameron, Gelbach & Miller 2008). Throws RangeError without rows.
 */
export function bootstrapMean(
  differences: ArrayLike<number>,
  weights: ArrayLike<number>,
  clusters: readonly string[],
  options: { resamples: number; confidence: number; seed: number },
): MeanInterval {
  if (differences.length === 0) throw new RangeError('no rows to resample')
  const clustered = sumClusters(
    Array.from(differences, (difference, i) => difference * weights[i]!),
    weights,
    clusters,
  )
  const uniform = seededUniform(options.seed)
  const means = Float64Array.from({ length: options.resamples }, () =>
    redraw(clustered, uniform),
  ).sort()
  return { mean: meanOf(clustered), ...percentiles(means, options.confidence) }
}

/** Σ value and Σ weight by user. `positives` are already weighted. */
export interface Group {
  users: readonly string[]
  positives: ArrayLike<number>
  weights: ArrayLike<number>
}

/**
 * Difference of the weighted means of two independent groups, the first minus the second. Each
 * group is resampled by its own users (Efron & Tibshirani 1993, section 16.2). Throws RangeError
 * for an empty group.
 */
export function bootstrapDifference(
  first: Group,
  second: Group,
  options: { resamples: number; confidence: number; seed: number },
): MeanInterval {
  if (first.users.length === 0 || second.users.length === 0)
    throw new RangeError('no users to resample')
  const [a, b] = [first, second].map(({ users, positives, weights }) =>
    sumClusters(positives, weights, users),
  ) as [Clusters, Clusters]
  const uniform = seededUniform(options.seed)
  const differences = Float64Array.from(
    { length: options.resamples },
    () => redraw(a, uniform) - redraw(b, uniform),
  ).sort()
  return { mean: meanOf(a) - meanOf(b), ...percentiles(differences, options.confidence) }
}

export interface StatisticInterval {
  value: number
  low: number
  high: number
}

/**
 * Several statistics of clustered rows, each with a percentile bootstrap interval. `clusters` has
 * the number of clusters of each stratum. In each stratum, that many clusters are drawn with
 * replacement (Efron & Tibshirani 1993, section 13.3). `statistics` receives how often each cluster
 * was drawn, by stratum; once each gives the statistics themselves. The intervals of a difference
 * between two models on the same rows are paired.
 */
export function bootstrapStatistics(
  clusters: readonly number[],
  statistics: (draws: readonly Uint32Array[]) => readonly number[],
  options: { resamples: number; confidence: number; seed: number },
): StatisticInterval[] {
  const uniform = seededUniform(options.seed)
  const draws = clusters.map((count) => new Uint32Array(count).fill(1))
  const values = statistics(draws)
  const resampled = values.map(() => new Float64Array(options.resamples))
  for (let r = 0; r < options.resamples; r++) {
    for (const drawn of draws) {
      drawn.fill(0)
      for (let i = 0; i < drawn.length; i++) drawn[Math.floor(uniform() * drawn.length)]!++
    }
    for (const [s, value] of statistics(draws).entries()) resampled[s]![r] = value
  }
  return values.map((value, s) => ({
    value,
    ...percentiles(resampled[s]!.sort(), options.confidence),
  }))
}
