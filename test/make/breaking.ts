/** A process that is killed at its n-th call of a port. */
export interface Breaker {
  /** The port, each of whose functions counts as a call. */
  wrap<P extends object>(port: P): P
  wasKilled(): boolean
}

export function createBreaker(failing: number): Breaker {
  let calls = 0
  return {
    wasKilled: () => calls > failing,
    wrap: (port) =>
      new Proxy(port, {
        get(target, name) {
          const value = Reflect.get(target, name) as unknown
          if (typeof value !== 'function') return value
          return async (...given: unknown[]) => {
            if (calls++ === failing) throw new Error('killed')
            return (value as (...given: unknown[]) => unknown).apply(target, given)
          }
        },
      }),
  }
}

/**
 * Work that is killed at its n-th call and then retried undisturbed, for every n that it has.
 * `world` makes a fresh one each time; `work` gets it behind a breaker, or as it is.
 */
export async function retryAfterEveryKill<W, S>(
  world: () => Promise<W>,
  work: (world: W, wrap: <P extends object>(port: P) => P) => Promise<unknown>,
  stateOf: (world: W) => Promise<S>,
  check: (state: S, calls: number) => void,
): Promise<number> {
  for (let n = 0; ; n++) {
    const made = await world()
    const breaker = createBreaker(n)
    await work(made, breaker.wrap).catch((error: Error) => {
      if (error.message !== 'killed') throw error
    })
    const wasKilled = breaker.wasKilled()
    await work(made, (port) => port)
    check(await stateOf(made), n)
    if (!wasKilled) return n
  }
}
