/**
 * A stream of uniform numbers in [0, 1): mulberry32 (Ettinger 2017), with one 32-bit word of state,
 * which is enough for resampling. The same seed gives the same stream everywhere.
 */
export function seededUniform(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
