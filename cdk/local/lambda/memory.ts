import { readFileSync } from 'node:fs'

/** Lambda's own runtime gives V8's old space nine tenths of the memory and leaves the rest to buffers. */
export const oldSpaceMiB = (memoryMiB: number): number => Math.floor(memoryMiB * 0.9)

/**
 * Highest resident set of a living process, bytes (Linux, proc(5): VmHWM); null elsewhere or once
 * it has ended. The kernel keeps the peak, so that nothing between two looks is missed.
 */
export function peakResidentBytes(pid: number): number | null {
  try {
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return match ? Number(match[1]) * 1024 : null
  } catch {
    return null
  }
}
