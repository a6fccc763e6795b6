import type { LoggedKind } from '../../../functions/contract/events.ts'
import type { Mapping } from '../../../functions/contract/mapping.ts'
import type { Format } from '../../../functions/intake/adapters/formats.ts'
import { personalizeKindOf } from '../../../functions/intake/adapters/personalize.ts'

/** The content of a file. `source` distinguishes several logs of one scene. */
export interface LogFile {
  kind: LoggedKind
  source: string | null
}

/** How files of a format are recognized and cut. Intake reads the meaning of their records. */
export interface LogFormat {
  /** Default scene for the replay. */
  scene: string
  /** Whether a file begins with a line that names its columns. */
  hasHeader(mapping: Mapping | null): boolean
  /** Whether lines that begin with `#` are directives, one of which names the columns. */
  hasDirectives?(mapping: Mapping | null): boolean
  /** File name suffix of an hour's drop. */
  extension: string
  /** Recognizes a file by its name. Null for another format. */
  recognise(fileName: string): LogFile | null
  /** The kind by the heading, for formats whose file name does not show it. */
  kindOf?(header: string): LoggedKind | null
}

const withoutCompression = (name: string): string => name.replace(/\.(gz|zst)$/, '')
const kindNamed = (name: string): LoggedKind =>
  (/^(items|users|documents)\b/.exec(name)?.[1] as LoggedKind | undefined) ?? 'events'
/** Recognizes files by the end of the name, and their kind by its beginning. */
const named = (pattern: RegExp) => (fileName: string) => {
  const name = withoutCompression(fileName)
  return pattern.test(name) ? { kind: kindNamed(name), source: null } : null
}

const jsonl: LogFormat = {
  scene: 'feed',
  hasHeader: () => false,
  extension: 'jsonl',
  recognise: named(/\.(jsonl|ndjson|json|log|parquet)$/),
}

const movielens: LogFormat = {
  scene: 'movielens',
  hasHeader: () => true,
  extension: 'csv',
  recognise(fileName) {
    const extension = /\.(inter|item|user)$/.exec(withoutCompression(fileName))?.[1]
    const kinds: Record<string, LoggedKind> = { inter: 'events', item: 'items', user: 'users' }
    return extension ? { kind: kinds[extension]!, source: null } : null
  },
}

const openBandit: LogFormat = {
  scene: 'open-bandit',
  hasHeader: () => true,
  extension: 'csv',
  recognise(fileName) {
    const match = /^(.+?)(-items)?\.csv$/.exec(withoutCompression(fileName))
    return match ? { kind: match[2] ? 'items' : 'events', source: match[1]! } : null
  },
}

const personalize: LogFormat = {
  scene: 'feed',
  hasHeader: () => true,
  extension: 'csv',
  recognise: named(/\.csv$/),
  kindOf: personalizeKindOf,
}

const metarank: LogFormat = {
  scene: 'feed',
  hasHeader: () => false,
  extension: 'jsonl',
  recognise(fileName) {
    const isJson = /\.(jsonl|ndjson|json|log)$/.test(withoutCompression(fileName))
    return isJson ? { kind: 'events', source: null } : null
  },
}

const accessLog: LogFormat = {
  scene: 'access-log',
  hasHeader: () => false,
  hasDirectives: () => true,
  extension: 'log',
  /**
   * `access.log`, and what log rotation makes of it: `access.log.3`, `access_log-20150517`;
   * CloudFront's `E2EXAMPLE.2026-01-05-09.a1b2c3d4`.
   */
  recognise(fileName) {
    const isLog = /(\.|_)log([.-]\d+)*$|^access|\.\d{4}-\d\d-\d\d-\d\d\.[0-9a-f]+$/.test(
      withoutCompression(fileName),
    )
    return isLog ? { kind: 'events', source: null } : null
  },
}

/** Events of a tracking tool, one per line, all of one format. */
const tracked: LogFormat = {
  scene: 'feed',
  hasHeader: () => false,
  extension: 'jsonl',
  recognise(fileName) {
    const isText = /\.(jsonl|ndjson|json|log|tsv|txt)$|^(part|run)[-=]/.test(
      withoutCompression(fileName),
    )
    return isText ? { kind: 'events', source: null } : null
  },
}

const csv: LogFormat = {
  scene: 'feed',
  hasHeader: (mapping) => mapping?.layout === 'separated' && mapping.header === true,
  hasDirectives: (mapping) => mapping?.header === 'fields',
  extension: 'csv',
  /** A mapping and a scene can be in the same folder as the table. */
  recognise: named(
    /^(?!.*(?:mapping|scene)\.json$).+\.(csv|tsv|tab|txt|dat|data|jsonl|ndjson|json|parquet)$/,
  ),
}

export const FORMATS: Readonly<Record<Format, LogFormat>> = {
  jsonl,
  movielens,
  'open-bandit': openBandit,
  personalize,
  metarank,
  'access-log': accessLog,
  ga4: tracked,
  segment: tracked,
  snowplow: { ...tracked, extension: 'tsv' },
  csv,
}
export type FormatName = Format
