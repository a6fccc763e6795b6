import type { Format } from '../../contract/events.ts'
import { accessLog } from './access-log.ts'
import type { Adapter } from './adapter.ts'
import { jsonl } from './jsonl.ts'
import { mapped } from './mapped.ts'
import { metarank } from './metarank.ts'
import { movielens } from './movielens.ts'
import { openBandit } from './open-bandit.ts'
import { personalize } from './personalize.ts'

/** Formats by the name that an object's metadata or key gives. */
export const ADAPTERS: Readonly<Record<Format, Adapter>> = {
  jsonl,
  movielens,
  'open-bandit': openBandit,
  personalize,
  metarank,
  'access-log': accessLog,
  csv: mapped,
}
export const DEFAULT_FORMAT = 'jsonl'
export const isFormat = (name: string): name is Format => Object.hasOwn(ADAPTERS, name)
