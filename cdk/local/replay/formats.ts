import type { Kind } from '../../../functions/contract/events.ts'

/** What a file of a format holds; `source` tells several logs of one scene apart. */
export interface LogFile {
  kind: Kind
  source: string | null
}

/** How a log format is cut into hourly drops. What its records mean is intake's business. */
export interface LogFormat {
  /** Scene that it is replayed into unless another is named. */
  scene: string
  /** Whether each file begins with a line that names its columns. */
  hasHeader: boolean
  /** Null for a file that is not of this format. */
  recognise(fileName: string): LogFile | null
  /** Epoch milliseconds of one line, or null where it has none; by the file's header. */
  timeOf(header: string): (line: string) => number | null
}

const withoutCompression = (name: string): string => name.replace(/\.(gz|zst)$/, '')

const column = (header: string, separator: string, name: string): number =>
  header.split(separator).findIndex((cell) => cell.split(':')[0] === name)

const jsonl: LogFormat = {
  scene: 'feed',
  hasHeader: false,
  recognise(fileName) {
    const name = withoutCompression(fileName)
    if (!/\.(jsonl|ndjson|json|log)$/.test(name)) return null
    const kind = /^(items|users|documents)\b/.exec(name)?.[1] as Kind | undefined
    return { kind: kind ?? 'events', source: null }
  },
  timeOf: () => (line) => {
    try {
      const { timeMs } = JSON.parse(line) as { timeMs?: unknown }
      return typeof timeMs === 'number' ? timeMs : null
    } catch {
      return null
    }
  },
}

const movielens: LogFormat = {
  scene: 'movielens',
  hasHeader: true,
  recognise(fileName) {
    const extension = /\.(inter|item|user)$/.exec(withoutCompression(fileName))?.[1]
    const kinds: Record<string, Kind> = { inter: 'events', item: 'items', user: 'users' }
    return extension ? { kind: kinds[extension]!, source: null } : null
  },
  timeOf(header) {
    const at = column(header, '\t', 'timestamp')
    return (line) => {
      const seconds = Number(line.split('\t')[at])
      return Number.isFinite(seconds) ? seconds * 1000 : null
    }
  },
}

const openBandit: LogFormat = {
  scene: 'open-bandit',
  hasHeader: true,
  recognise(fileName) {
    const match = /^(.+?)(-items)?\.csv$/.exec(withoutCompression(fileName))
    return match ? { kind: match[2] ? 'items' : 'events', source: match[1]! } : null
  },
  timeOf(header) {
    const at = column(header, ',', 'timestamp')
    return (line) => {
      const timeMs = Date.parse(
        (line.split(',')[at] ?? '').replace(' ', 'T').replace(/(\.\d{3})\d*/, '$1'),
      )
      return Number.isNaN(timeMs) ? null : timeMs
    }
  },
}

export const FORMATS = { jsonl, movielens, 'open-bandit': openBandit } as const
export type FormatName = keyof typeof FORMATS
