import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const MAX_LOG_BYTES = 32 * 1024 * 1024

export interface StageLogs {
  /** Appends what a process of the stage printed. Nothing is kept in memory. */
  write(stage: string, chunk: Buffer): void
  close(): void
}

/** `<directory>/<stage>.log`, at most 32 MiB each. The last line of a cut file states the limit. */
export function openLogs(directory: string): StageLogs {
  mkdirSync(directory, { recursive: true })
  const files = new Map<string, { descriptor: number; bytes: number; isFull: boolean }>()
  function open(stage: string) {
    if (!/^[\w.-]+$/.test(stage)) throw new Error(`"${stage}" cannot name a log file`)
    const file = {
      descriptor: openSync(join(directory, `${stage}.log`), 'a'),
      bytes: 0,
      isFull: false,
    }
    files.set(stage, file)
    return file
  }
  return {
    write(stage, chunk) {
      const file = files.get(stage) ?? open(stage)
      if (file.isFull) return
      if (file.bytes + chunk.byteLength > MAX_LOG_BYTES) {
        file.isFull = true
        writeSync(file.descriptor, `\nthe log ends here: ${MAX_LOG_BYTES} bytes is its limit\n`)
        return
      }
      file.bytes += chunk.byteLength
      writeSync(file.descriptor, chunk)
    },
    close() {
      for (const { descriptor } of files.values()) closeSync(descriptor)
      files.clear()
    },
  }
}
