import { quantileOfSorted } from './quantile.ts'
import { seededUniform } from './random.ts'

export interface MeanInterval {
  mean: number
  low: number
  high: number
}

/**
 * Weighted mean of per-row differences with a percentile bootstrap interval (Efron & Tibshirani
 * 1993, section 13.3). Whole clusters are drawn, since rows of one user are not independent
 * (Cameron, Gelbach & Miller 2008). Throws RangeError without rows.
 */
export function bootstrapMean(
  differences: ArrayLike<number>,
  weights: ArrayLike<number>,
  clusters: readonly string[],
  options: { resamples: number; confidence: number; seed: number },
): MeanInterval {
  if (differences.length === 0) throw new RangeError('no rows to resample')
  const index = new Map<string, number>()
  const sums: number[] = []
  const sizes: number[] = []
  for (let i = 0; i < differences.length; i++) {
    let cluster = index.get(clusters[i]!)
    if (cluster === undefined) {
      cluster = sums.length
      index.set(clusters[i]!, cluster)
      sums.push(0)
      sizes.push(0)
    }
    sums[cluster]! += differences[i]! * weights[i]!
    sizes[cluster]! += weights[i]!
  }
  const total = (of: readonly number[]): number => of.reduce((a, b) => a + b, 0)
  const uniform = seededUniform(options.seed)
  const means = Float64Array.from({ length: options.resamples }, () => {
    let sum = 0
    let size = 0
    for (let draw = 0; draw < sums.length; draw++) {
      const cluster = Math.floor(uniform() * sums.length)
      sum += sums[cluster]!
      size += sizes[cluster]!
    }
    return sum / size
  }).sort()
  const tail = (1 - options.confidence) / 2
  return {
    mean: total(sums) / total(sizes),
    low: quantileOfSorted(means, tail),
    high: quantileOfSorted(means, 1 - tail),
  }
}

export interface StatisticInterval {
  value: number
  low: number
  high: number
}

/**
 * Any statistics of clustered rows, each with a percentile bootstrap interval. `clusters` are the
 * numbers of clusters of each stratum; within each, as many are drawn with replacement as it has
 * (Efron & Tibshirani 1993, section 13.3). `statistics` is told how often each cluster was drawn,
 * by stratum: all once for the values themselves. Of what differs between two arms on the same
 * rows, the intervals are paired.
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
  const tail = (1 - options.confidence) / 2
  return values.map((value, s) => {
    const ascending = resampled[s]!.sort()
    return {
      value,
      low: quantileOfSorted(ascending, tail),
      high: quantileOfSorted(ascending, 1 - tail),
    }
  })
}
