import { isoSeconds } from '../../functions/contract/time.ts'
import type { Work } from './activity.ts'
import type { Clock } from './ports.ts'

export interface VirtualClock extends Clock {
  /** As `at`, for one firing of something without end, such as a schedule: `drain` does not wait for it. */
  atRecurring(timeMs: number, run: () => void): { cancel(): void }
  /**
   * Moves time to `timeMs`, firing what falls due on the way. Before each instant, and before it
   * answers, all work under way has ended. Throws RangeError for the past.
   */
  advanceTo(timeMs: number): Promise<void>
  /** Moves time on to the last timer that is not recurring, whatever new ones they register. */
  drain(): Promise<void>
}

interface Timer {
  timeMs: number
  isRecurring: boolean
  isCancelled: boolean
  run: () => void
}

/** Virtual time. It moves only by `advanceTo` and `drain`, and never while work is in progress. */
export function createClock(startMs: number, work: Pick<Work, 'idle'>): VirtualClock {
  let nowMs = startMs
  let isAdvancing = false
  /** Ascending by time; equal times in order of registration. */
  const timers: Timer[] = []

  function register(timeMs: number, isRecurring: boolean, run: () => void): { cancel(): void } {
    if (!Number.isFinite(timeMs)) throw new RangeError(`no time for a timer: ${timeMs}`)
    const timer = { timeMs, isRecurring, isCancelled: false, run }
    let place = timers.length
    while (place > 0 && timers[place - 1]!.timeMs > timeMs) place--
    timers.splice(place, 0, timer)
    return {
      cancel() {
        timer.isCancelled = true
        const found = timers.indexOf(timer)
        if (found >= 0) timers.splice(found, 1)
      },
    }
  }

  /** Timers that one of these registers for this same instant fire as an instant of their own. */
  function fireInstant(timeMs: number): void {
    nowMs = Math.max(nowMs, timeMs)
    const later = timers.findIndex((timer) => timer.timeMs > nowMs)
    for (const timer of timers.splice(0, later < 0 ? timers.length : later))
      if (!timer.isCancelled) timer.run()
  }
  async function moveTo(timeMs: number): Promise<void> {
    for (;;) {
      await work.idle()
      const next = timers[0]
      if (!next || next.timeMs > timeMs) break
      fireInstant(next.timeMs)
    }
    nowMs = Math.max(nowMs, timeMs)
  }
  async function exclusively(move: () => Promise<void>): Promise<void> {
    if (isAdvancing) throw new Error('the virtual clock is being advanced already')
    isAdvancing = true
    try {
      await move()
    } finally {
      isAdvancing = false
    }
  }

  return {
    now: () => nowMs,
    at: (timeMs, run) => register(timeMs, false, run),
    atRecurring: (timeMs, run) => register(timeMs, true, run),
    async advanceTo(timeMs) {
      if (!(timeMs >= nowMs))
        throw new RangeError(`it is ${isoSeconds(nowMs)} already: time cannot go back to ${timeMs}`)
      await exclusively(() => moveTo(timeMs))
    },
    drain: () =>
      exclusively(async () => {
        for (;;) {
          await work.idle()
          const next = timers.find((timer) => !timer.isRecurring)
          if (!next) return
          await moveTo(next.timeMs)
        }
      }),
  }
}
