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
  out: string
  youngLabels: boolean
}

export const FRESH_USAGE = `Measures what freshness pays: every hour is scored by each arm, then trained on.

  npm run fresh                     one, two and three tiers; dose and response; forgetting
  npm run fresh -- --young-labels   what an hourly chain should make of young labels

  --seeds <n>          worlds, each of its own seed              (5)
  --days <n>           length; at most half of it, or the full's
                       lookback, only warms up                   (56)
  --users <n>          people                                    (300)
  --drift <x,y,…>      how fast tastes move, from 0 to 2         (0,0.5,1,2)
  --movielens <folder> MovieLens' .inter, .item, .user as well   (none)
  --out <folder>       fresh.json and fresh.html; studies of the
                       other kind that stand there are kept      (out-fresh)
`

const FLAGS = {
  'young-labels': 'switch',
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
    throw new UsageError(`--drift ${text}: expected numbers from 0 to 2 with commas between them`)
  return [...new Set(strengths)].sort((a, b) => a - b)
}

function parseFolder(flag: string, path: string): string {
  if (!existsSync(path)) throw new UsageError(`--${flag} ${path}: no such folder`)
  if (!statSync(path).isDirectory())
    throw new UsageError(`--${flag} ${path}: is a file, not a folder`)
  return resolve(path)
}

/** What stands in it is kept, so that any folder will do. */
function parseOut(path: string): string {
  checkParent(path)
  return existsSync(path) ? parseFolder('out', path) : resolve(path)
}

/** Flags → what to measure; `null` where the user asked for help. Throws UsageError. */
export function parseFreshOptions(argv: readonly string[]): FreshOptions | null {
  const flags = parseFlags(argv, FLAGS, 'npm run fresh')
  if (flags === null) return null
  const youngLabels = flags['young-labels'] === true
  if (youngLabels && flags.drift !== undefined)
    throw new UsageError('--drift belongs to the tiers and --young-labels does not measure them')
  return {
    seeds: parseNumber('seeds', flags.seeds, 5, [1, 100]),
    // A full must fall into the second half, and a day must be left to score after it.
    days: parseNumber('days', flags.days, 56, [20, 366]),
    users: parseNumber('users', flags.users, 300, [20, 100_000]),
    drift: parseDrift(flags.drift ?? '0,0.5,1,2'),
    movielens: flags.movielens === undefined ? null : parseFolder('movielens', flags.movielens),
    out: parseOut(flags.out ?? 'out-fresh'),
    youngLabels,
  }
}
