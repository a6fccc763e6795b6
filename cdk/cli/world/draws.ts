import { createHash } from 'node:crypto'

/** A stream of random draws, named by what it is for, so that streams do not disturb each other. */
export interface Draws {
  /** Uniform in [0, 1). */
  uniform(): number
  /** Standard normal, by the polar method (Marsaglia & Bray 1964). */
  normal(): number
  /** Exponential with the given mean. */
  exponential(mean: number): number
  /** Poisson with the given mean: Knuth's product below 30, rounded normal above. */
  poisson(mean: number): number
  /** Integer in [0, n). */
  below(n: number): number
  pick<T>(from: readonly T[]): T
}

/** sfc32 (Doty-Humphrey's Small Fast Counting, 128 bits of state), seeded by SHA-256 of the name. */
function sfc32(name: string): () => number {
  const seed = createHash('sha256').update(name).digest()
  let [a, b, c, counter] = [0, 4, 8, 12].map((at) => seed.readUInt32LE(at)) as [
    number,
    number,
    number,
    number,
  ]
  return () => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return (sum >>> 0) / 4294967296
  }
}

export function drawsFor(...name: readonly (string | number)[]): Draws {
  const uniform = sfc32(name.join('/'))
  function normal(): number {
    for (;;) {
      const x = 2 * uniform() - 1
      const y = 2 * uniform() - 1
      const s = x * x + y * y
      if (s > 0 && s < 1) return x * Math.sqrt((-2 * Math.log(s)) / s)
    }
  }
  const below = (n: number): number => Math.floor(uniform() * n)
  return {
    uniform,
    normal,
    below,
    exponential: (mean) => -mean * Math.log(1 - uniform()),
    poisson(mean) {
      if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()))
      let product = uniform()
      let n = 0
      for (const limit = Math.exp(-mean); product > limit; n++) product *= uniform()
      return n
    },
    pick: (from) => from[below(from.length)]!,
  }
}
