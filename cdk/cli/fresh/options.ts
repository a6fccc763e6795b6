import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseFlags, parseNumber } from '../command-line.ts'
import { UsageError } from '../errors.ts'
import { checkParent } from '../out-folder.ts'

export interface FreshOptions {
  seeds: number
  days: number
  users: number
  drift: readonly number[]
  movielens: string | null
  openBandit: string | null
  dropMinutes: number
  out: string
  youngLabels: boolean
  features: boolean
}

export const FRESH_USAGE = `Measures the gain of freshness: each variant scores every hour, then trains on it.

  npm run fresh                     compare one, two and three tiers, drifts, and forgetting
  npm run fresh -- --young-labels   compare uses of young labels in an hourly chain
  npm run fresh -- --features       score held-out days as sampled and as served, feature
                                    by feature, with both kinds of models

  --seeds <n>          worlds, each with another seed            (5; features 3)
  --days <n>           length; the warm-up takes the full's
                         lookback, at most half of it            (56; features 12)
  --users <n>          users                                     (300; features 3000)
  --drop-minutes <n>   features: minutes of a log in one drop    (1)
  --drift <x,y,…>      speeds at which tastes change, 0 to 2     (0,0.5,1,2)
  --movielens <folder> also study MovieLens' .inter, .item, .user (none)
  --open-bandit <folder> features: Open Bandit's CSV             (none)
  --out <folder>       folder for fresh.json and fresh.html; keeps
                         studies of the other kind               (out-fresh)
`

const FLAGS = {
  'young-labels': 'switch',
  features: 'switch',
  'drop-minutes': 'text',
  'open-bandit': 'text',
  seeds: 'text',
  days: 'text',
  users: 'text',
  drift: 'text',
  movielens: 'text',
  out: 'text',
} as const

function parseDrift(text: string): number[] {
  const strengths = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  if (!strengths.every((drift) => drift >= 0 && drift <= 2))
    throw new UsageError(`--drift ${text}: expected numbers from 0 to 2, separated by commas`)
  return [...new Set(strengths)].sort((a, b) => a - b)
}

function parseFolder(flag: string, path: string): string {
  if (!existsSync(path)) throw new UsageError(`--${flag} ${path}: no such folder`)
  if (!statSync(path).isDirectory())
    throw new UsageError(`--${flag} ${path}: is a file, not a folder`)
  return resolve(path)
}

/** Any folder is allowed, since its files are kept. */
function parseOut(path: string): string {
  checkParent(path)
  return existsSync(path) ? parseFolder('out', path) : resolve(path)
}

/** Throws UsageError for flags that belong to another study. */
function checkFeatureFlags(
  features: boolean,
  flags: { [flag: string]: string | boolean | undefined },
): void {
  const others = features ? ['young-labels', 'drift'] : ['drop-minutes', 'open-bandit']
  const wrong = others.find((flag) => flags[flag] !== undefined && flags[flag] !== false)
  if (wrong === undefined) return
  throw new UsageError(
    features
      ? `--${wrong} is an option of another study and cannot be used with --features`
      : `--${wrong} is an option of the study of features and needs --features`,
  )
}

/** Flags → what to measure. Null if the user asked for help. Throws UsageError. */
export function parseFreshOptions(argv: readonly string[]): FreshOptions | null {
  const flags = parseFlags(argv, FLAGS, 'npm run fresh')
  if (flags === null) return null
  const youngLabels = flags['young-labels'] === true
  if (youngLabels && flags.drift !== undefined)
    throw new UsageError(
      '--drift is an option of the tier study and cannot be used with --young-labels',
    )
  const features = flags.features === true
  checkFeatureFlags(features, flags)
  const folder = (flag: 'movielens' | 'open-bandit'): string | null =>
    flags[flag] === undefined ? null : parseFolder(flag, flags[flag])
  return {
    seeds: parseNumber('seeds', flags.seeds, features ? 3 : 5, [1, 100]),
    // A full must be due in the second half, with a day left to score after it.
    days: parseNumber('days', flags.days, features ? 12 : 56, [features ? 5 : 20, 366]),
    users: parseNumber('users', flags.users, features ? 3000 : 300, [20, 100_000]),
    drift: parseDrift(flags.drift ?? '0,0.5,1,2'),
    dropMinutes: parseNumber('drop-minutes', flags['drop-minutes'], 1, [1, 60]),
    movielens: folder('movielens'),
    openBandit: folder('open-bandit'),
    out: parseOut(flags.out ?? 'out-fresh'),
    youngLabels,
    features,
  }
}
