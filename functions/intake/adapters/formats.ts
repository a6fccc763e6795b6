import type { Mapping } from '../../contract/mapping.ts'
import type { DeclaredLines } from '../sniff/text.ts'
import { accessLog } from './access-log.ts'
import type { Adapter } from './adapter.ts'
import { jsonl } from './jsonl.ts'
import { mapped } from './mapped.ts'
import { metarank } from './metarank.ts'
import { movielens } from './movielens.ts'
import { openBandit } from './open-bandit.ts'
import { personalize } from './personalize.ts'
import { ready } from './ready-mappings.ts'

/** Log formats, by the name in an object's metadata or key. */
export const ADAPTERS = {
  jsonl,
  movielens,
  'open-bandit': openBandit,
  personalize,
  metarank,
  'access-log': accessLog,
  ga4: ready('ga4'),
  segment: ready('segment'),
  snowplow: ready('snowplow'),
  csv: mapped,
} as const satisfies Readonly<Record<string, Adapter>>
export type Format = keyof typeof ADAPTERS
export const DEFAULT_FORMAT = 'jsonl'
export const isFormat = (name: string): name is Format => Object.hasOwn(ADAPTERS, name)

const LINES: Partial<Record<Format, DeclaredLines>> = {
  jsonl: 'json',
  metarank: 'json',
  movielens: 'text',
  'open-bandit': 'text',
  personalize: 'text',
  'access-log': 'text',
  ga4: 'mapped-json',
  segment: 'mapped-json',
  snowplow: 'text',
  csv: 'text',
}
/**
 * What the lines of a format are, or null if that is unknown: an unknown format is never refused
 * for its content.
 */
export const linesOf = (format: Format, mapping: Mapping | null): DeclaredLines =>
  mapping && mapping.layout !== 'separated' ? 'mapped-json' : (LINES[format] ?? null)
