/** One figure, ours and a peer's, measured in the same process on the same input. */
export interface Comparison {
  what: string
  unit: string
  ours: number
  peer: string
  peers: number
  note?: string
}

/** Best of several runs, in units per second: the least disturbed one. */
export async function bestRate(units: number, runs: number, work: () => unknown): Promise<number> {
  let best = 0
  for (let i = 0; i < runs; i++) {
    const began = performance.now()
    await work()
    best = Math.max(best, (units * 1000) / (performance.now() - began))
  }
  return best
}
