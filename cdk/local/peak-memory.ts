import { readFileSync } from 'node:fs'

/**
 * Highest resident set of a living process, bytes (Linux, proc(5): VmHWM); null elsewhere or once
 * it has ended. The kernel keeps the peak, so that nothing between two looks is missed.
 */
export function readPeakResidentBytes(pid: number): number | null {
  try {
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return match ? Number(match[1]) * 1024 : null
  } catch {
    return null
  }
}
