/**
 * The non-decreasing sequence that is nearest to the values by weighted squares: pool adjacent violators (Barlow,
 * Bartholomew, Bremner and Brunk 1972, section 1.2). Weights are positive; a pool takes its weighted mean.
 */
export function isotonic(values: readonly number[], weights: readonly number[]): number[] {
  const pools: { mean: number; weight: number; count: number }[] = []
  for (let i = 0; i < values.length; i++) {
    let pool = { mean: values[i]!, weight: weights[i]!, count: 1 }
    for (let last = pools.at(-1); last && last.mean >= pool.mean; last = pools.at(-1)) {
      pools.pop()
      const weight = last.weight + pool.weight
      pool = {
        mean: (last.mean * last.weight + pool.mean * pool.weight) / weight,
        ...{ weight, count: last.count + pool.count },
      }
    }
    pools.push(pool)
  }
  return pools.flatMap(({ mean, count }) => Array.from({ length: count }, () => mean))
}
