import type { Adapter } from './adapter.ts'
import { jsonl } from './jsonl.ts'
import { movielens } from './movielens.ts'
import { openBandit } from './open-bandit.ts'

/** Formats by the name that an object's metadata gives. */
export const ADAPTERS: ReadonlyMap<string, Adapter> = new Map([
  ['jsonl', jsonl],
  ['movielens', movielens],
  ['open-bandit', openBandit],
])
export const DEFAULT_FORMAT = 'jsonl'
