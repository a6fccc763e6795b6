import type { ChildProcess } from 'node:child_process'
import { readPeakResidentBytes } from '../peak-memory.ts'

const MEMORY_WATCH_MS = 20

export interface Watch {
  /** Restarts the time limit, which ends with SIGKILL. */
  limitTime(seconds: number): void
  watchMemory(): void
  /** Neither time nor memory counts until the next invocation. */
  rest(): void
  isTimedOut(): boolean
  /** Looks once more, or takes what the process itself reported. */
  isOverMemory(reportedBytes: number | null): boolean
  residentBytes(): number
}

/**
 * Holds a process to its limits. Time is real time. Memory is the kernel's peak of the resident
 * set, read every 20 ms while the handler runs and once more before its answer counts; above
 * `memoryMiB` the process is killed. Where there is no /proc it is what the process reports.
 */
export function watchProcess(child: ChildProcess, memoryMiB: number): Watch {
  let timeout: NodeJS.Timeout | undefined
  let memory: NodeJS.Timeout | undefined
  let isTimedOut = false
  let residentBytes = 0

  function isOverMemory(reportedBytes: number | null): boolean {
    const peak = child.pid === undefined ? null : readPeakResidentBytes(child.pid)
    residentBytes = Math.max(residentBytes, peak ?? reportedBytes ?? 0)
    return residentBytes > memoryMiB * 1024 * 1024
  }
  return {
    limitTime(seconds) {
      clearTimeout(timeout)
      timeout = setTimeout(() => {
        isTimedOut = true
        child.kill('SIGKILL')
      }, seconds * 1000)
    },
    watchMemory() {
      memory = setInterval(() => {
        if (isOverMemory(null)) child.kill('SIGKILL')
      }, MEMORY_WATCH_MS)
    },
    rest() {
      clearTimeout(timeout)
      clearInterval(memory)
    },
    isTimedOut: () => isTimedOut,
    isOverMemory,
    residentBytes: () => residentBytes,
  }
}
