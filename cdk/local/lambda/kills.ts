/** Planned losses of a process in the middle of its work, for tests of at-least-once delivery. */
export interface Kills {
  /** Kills the stage's next invocation that makes `afterRequests` requests, before the next one is served. */
  plan(stage: string, afterRequests: number): void
  /** An invocation was handed over. Answers whether its process is to be killed at once. */
  began(stage: string): boolean
  /** A process of the stage asks a service. Answers whether it is to be killed instead. */
  requested(stage: string): boolean
}

export function planKills(): Kills {
  const plans = new Map<string, { afterRequests: number; made: number }>()
  const isDue = (stage: string): boolean => {
    const plan = plans.get(stage)
    if (!plan || plan.made < plan.afterRequests) return false
    plans.delete(stage)
    return true
  }
  return {
    plan(stage, afterRequests) {
      plans.set(stage, { afterRequests, made: 0 })
    },
    began(stage) {
      const plan = plans.get(stage)
      if (plan) plan.made = 0
      return isDue(stage)
    },
    requested(stage) {
      if (isDue(stage)) return true
      const plan = plans.get(stage)
      if (plan) plan.made++
      return false
    },
  }
}
