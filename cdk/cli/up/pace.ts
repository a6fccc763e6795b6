import type { VirtualClock } from '../../local/clock.ts'

const STEP_MS = 50
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, STEP_MS))

export interface Pace {
  stop(): void
}

/**
 * Moves virtual time with this machine's clock. At speed 1 it follows exactly, `aheadMs` ahead, and
 * catches up after the machine slept. A faster clock stands still while work is in progress and then
 * goes on from there, so `speed` is a maximum.
 */
export function keepPace(
  clock: VirtualClock,
  { speed, aheadMs }: { speed: number; aheadMs: number },
  onError: (error: Error) => void,
): Pace {
  let isStopped = false
  const isRealTime = speed === 1

  async function run(): Promise<void> {
    let lastMs = Date.now()
    while (!isStopped) {
      await pause()
      const nowMs = Date.now()
      const targetMs = isRealTime ? nowMs + aheadMs : clock.now() + (nowMs - lastMs) * speed
      // The machine's clock can be set back.
      if (targetMs > clock.now() && !isStopped) await clock.advanceTo(targetMs)
      lastMs = Date.now()
    }
  }
  run().catch((error: Error) => {
    if (!isStopped) onError(error)
  })
  return {
    stop() {
      isStopped = true
    },
  }
}
