import type { VirtualClock } from '../clock.ts'

const STEP_MS = 50
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, STEP_MS))

export interface Pace {
  stop(): void
}

/**
 * Moves virtual time by this machine's clock. Real time follows it exactly, catching up on what a
 * sleeping machine missed. A faster clock stands still while work is under way and goes on from
 * there: `speed` is the most that it makes.
 */
export function keepPace(
  clock: VirtualClock,
  speed: number,
  onError: (error: Error) => void,
  wallNow: () => number = Date.now,
): Pace {
  let isStopped = false
  const isRealTime = speed === 1
  const aheadMs = clock.now() - wallNow()

  async function run(): Promise<void> {
    let lastMs = wallNow()
    while (!isStopped) {
      await pause()
      const nowMs = wallNow()
      const targetMs = isRealTime ? nowMs + aheadMs : clock.now() + (nowMs - lastMs) * speed
      // A machine's clock may be set back.
      if (targetMs > clock.now() && !isStopped) await clock.advanceTo(targetMs)
      lastMs = wallNow()
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
