/**
 * The factor on the expected numbers at which as many users would have a coincidence as have one:
 * Σ (1 − exp(−factor × expected)) = found, for a Poisson number of coincidences a user. Each user counts
 * once, so that a few users with thousands cannot raise it. At least 1. By bisection.
 */
export function fitSpread(expected: ArrayLike<number>, found: number): number {
  const usersAt = (factor: number): number => {
    let sum = 0
    for (let user = 0; user < expected.length; user++) sum -= Math.expm1(-factor * expected[user]!)
    return sum
  }
  let [low, high] = [0, 30]
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2
    if (usersAt(Math.exp(middle)) < found) low = middle
    else high = middle
  }
  return Math.exp(low)
}

/**
 * The shape of a gamma factor (mean 1) from its second and third moment, E[f²] = 1 + 1/shape and
 * E[f³] = (1 + 1/shape)(1 + 2/shape): the smaller shape, so the heavier tail, of the two.
 */
export function shapeFromMoments(second: number, third: number): number {
  const fromSecond = second - 1
  // 2v² + 3v + 1 = third, for v = 1 / shape.
  const fromThird = (Math.sqrt(1 + 8 * third) - 3) / 4
  return 1 / Math.max(fromSecond, fromThird, 0.01)
}
