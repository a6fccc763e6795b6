import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { checkParent } from '../out-folder.ts'
import { UsageError } from '../usage-error.ts'

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

const string = { type: 'string' } as const
const FLAGS = {
  help: { type: 'boolean', short: 'h' },
  'young-labels': { type: 'boolean' },
  seeds: string,
  days: string,
  users: string,
  drift: string,
  movielens: string,
  out: string,
} as const

function parseWhole(
  flag: string,
  text: string | undefined,
  fallback: number,
  most: number,
  least = 1,
) {
  if (text === undefined) return fallback
  const number = text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isInteger(number) || number < least || number > most)
    throw new UsageError(`--${flag} ${text}: expected a whole number from ${least} to ${most}`)
  return number
}

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

/** Flags → what to measure; `null` where only the help was asked for. Throws UsageError. */
export function parseFreshOptions(argv: readonly string[]): FreshOptions | null {
  let values: { [flag in keyof typeof FLAGS]?: string | boolean }
  try {
    values = parseArgs({ args: [...argv], options: FLAGS, strict: true }).values
  } catch (error) {
    throw new UsageError(
      `${(error as Error).message.split(/\.\s/)[0]}; see npm run fresh -- --help`,
    )
  }
  if (values.help) return null
  const text = (flag: keyof typeof FLAGS): string | undefined => values[flag] as string | undefined
  const youngLabels = values['young-labels'] === true
  if (youngLabels && text('drift') !== undefined)
    throw new UsageError('--drift belongs to the tiers and --young-labels does not measure them')
  const movielens = text('movielens')
  return {
    seeds: parseWhole('seeds', text('seeds'), 5, 100),
    // A full must fall into the second half, and a day must be left to score after it.
    days: parseWhole('days', text('days'), 56, 366, 20),
    users: parseWhole('users', text('users'), 300, 100_000, 20),
    drift: parseDrift(text('drift') ?? '0,0.5,1,2'),
    movielens: movielens === undefined ? null : parseFolder('movielens', movielens),
    out: parseOut(text('out') ?? 'out-fresh'),
    youngLabels,
  }
}
