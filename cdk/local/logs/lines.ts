export interface LogLine {
  /** Ascending within a group. */
  id: number
  /** Of this machine's clock, as `aws logs tail --since` asks for it. */
  timeMs: number
  stream: string
  message: string
}

/** What was printed, by log group: the newest lines of each, in memory. */
export interface LogLines {
  append(group: string, stream: string, chunk: Buffer): void
  groups(): string[]
  /** Null for a group that there is not. */
  of(group: string): readonly LogLine[] | null
}

const KEPT_LINES = 5000
/** "CloudWatch Logs quotas": an event. */
const MAX_LINE = 256 * 1024

/** Logs of the groups that are declared; a line belongs to one once its end has come. */
export function createLogLines(declared: readonly string[], now: () => number): LogLines {
  const groups = new Map<string, LogLine[]>(declared.map((group) => [group, []]))
  const unfinished = new Map<string, string>()
  let printed = 0
  return {
    append(group, stream, chunk) {
      const lines = groups.get(group) ?? []
      groups.set(group, lines)
      const key = `${group}\n${stream}`
      const parts = `${unfinished.get(key) ?? ''}${chunk.toString('utf8')}`.split('\n')
      const rest = parts.pop()!.slice(0, MAX_LINE)
      if (rest === '') unfinished.delete(key)
      else unfinished.set(key, rest)
      for (const message of parts)
        if (message !== '')
          lines.push({ id: ++printed, timeMs: now(), stream, message: message.slice(0, MAX_LINE) })
      if (lines.length > 2 * KEPT_LINES) lines.splice(0, lines.length - KEPT_LINES)
    },
    groups: () => [...groups.keys()].sort(),
    of: (group) => groups.get(group) ?? null,
  }
}
