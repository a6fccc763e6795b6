import { QuartermasterError } from '../../functions/core/errors.ts'

/** A process that is killed at its n-th call of a port. */
interface Breaker {
  /** The port, each of whose functions counts as a call. */
  wrap: Wrap
  wasKilled(): boolean
}

export type Wrap = <P extends object>(port: P) => P

/** Ports whose every call waits for `before`, which gets its number over all of them. */
function hooked(before: (call: number) => Promise<void>): Wrap {
  let calls = 0
  return (port) =>
    new Proxy(port, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown
        if (typeof value !== 'function') return value
        return async (...given: unknown[]) => {
          await before(calls++)
          return (value as (...given: unknown[]) => unknown).apply(target, given)
        }
      },
    })
}

function createBreaker(failing: number): Breaker {
  let wasKilled = false
  return {
    wasKilled: () => wasKilled,
    wrap: hooked(async (call) => {
      if (call !== failing) return
      wasKilled = true
      throw new Error('killed')
    }),
  }
}

/**
 * Work that is killed at its n-th call and then retried undisturbed, for every n that it has.
 * `world` makes a fresh one each time; `work` gets it behind a breaker, or as it is.
 */
export async function retryAfterEveryKill<W, S>(
  world: () => Promise<W>,
  work: (world: W, wrap: Wrap) => Promise<unknown>,
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

/**
 * Work that stands still before its n-th call while `other` is done whole, for every n that it has.
 * Either may end in an error of ours.
 */
export async function overtakenAtEveryCall<W>(
  world: () => Promise<W>,
  work: (world: W, wrap: Wrap) => Promise<unknown>,
  other: (world: W) => Promise<unknown>,
  check: (world: W, calls: number) => Promise<void>,
): Promise<number> {
  const lost = (error: unknown): void => {
    if (!(error instanceof QuartermasterError)) throw error
  }
  for (let n = 0; ; n++) {
    const made = await world()
    let wasOvertaken = false
    const wrap = hooked(async (call) => {
      if (call !== n) return
      wasOvertaken = true
      await other(made).catch(lost)
    })
    await work(made, wrap).catch(lost)
    await check(made, n)
    if (!wasOvertaken) return n
  }
}
