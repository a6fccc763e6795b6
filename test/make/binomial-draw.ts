import { seededUniform } from '../../functions/math/random.ts'

/** Draws numbers of successes, from a seed. */
export function binomialDraw(seed: number): (trials: number, chance: number) => number {
  const uniform = seededUniform(seed)
  return (trials, chance) => {
    let successes = 0
    for (let i = 0; i < trials; i++) if (uniform() < chance) successes++
    return successes
  }
}
