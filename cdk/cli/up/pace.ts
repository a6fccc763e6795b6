import type { VirtualClock } from '../../local/clock.ts'

const STEP_MS = 50
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, STEP_MS))

export interface Pace {
  stop(): void
}

/**
 * Moves virtual time by this machine's clock. Real time follows it exactly, catching up on what a
 * sleeping machine missed, `aheadMs` ahead of it. A faster clock stands still while work is under way and goes on from
 * there: `speed` is the most that it makes.
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
      // A machine's clock may be set back.
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
