import type { Activity } from './ports.ts'

export interface Work extends Activity {
  /** Resolves once nothing is under way and nothing began while the event loop turned twice. */
  idle(): Promise<void>
  /** Work in progress, oldest first. Look at it when virtual time stands still. */
  list(): string[]
}

/** For a clock that does not wait: real time goes on during work. */
export const neverBusy: Pick<Work, 'idle'> = { idle: () => turn() }

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Counts tasks under way. If one ends and another begins in the same tick, it stays busy. */
export function createActivity(): Work {
  const tasks = new Map<number, string>()
  let begun = 0
  let waiting: (() => void)[] = []
  const settled = (): void => {
    const woken = waiting
    waiting = []
    for (const wake of woken) wake()
  }
  return {
    begin(what) {
      const piece = begun++
      tasks.set(piece, what)
      return () => {
        if (tasks.delete(piece) && tasks.size === 0) settled()
      }
    },
    async idle() {
      for (;;) {
        while (tasks.size > 0)
          await new Promise<void>((resolve) => {
            waiting.push(resolve)
          })
        const seen = begun
        await turn()
        await turn()
        if (tasks.size === 0 && begun === seen) return
      }
    },
    list: () => [...tasks.values()],
  }
}
