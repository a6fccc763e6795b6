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

/** Counts the work under way. A piece that begins in the tick in which another ends keeps it busy. */
export function createActivity(): Work {
  const pieces = new Map<number, string>()
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
      pieces.set(piece, what)
      return () => {
        if (pieces.delete(piece) && pieces.size === 0) settled()
      }
    },
    async idle() {
      for (;;) {
        while (pieces.size > 0)
          await new Promise<void>((resolve) => {
            waiting.push(resolve)
          })
        const seen = begun
        await turn()
        await turn()
        if (pieces.size === 0 && begun === seen) return
      }
    },
    list: () => [...pieces.values()],
  }
}
