import { parseFlags, parseNumber } from '../command-line.ts'
import { UsageError } from '../errors.ts'
import { parseAttacks } from '../start/options.ts'
import type { AttackKind } from '../world/attacks/kinds.ts'

export interface AnticheatOptions {
  users: number
  days: number
  firstSeed: number
  seeds: number
  strengths: readonly number[]
  attacks: readonly AttackKind[]
  cheats: number
  /** Whether worlds without cheats are measured too. */
  isHonestToo: boolean
  isAuc: boolean
  isWork: boolean
  isJson: boolean
}

export const ANTICHEAT_USAGE = `Measures the defences against cheats on seeded worlds whose cheats are known.

  npm run anticheat                 recall by kind, precision, honest users hit, share removed
  npm run anticheat -- --auc        also what cheats cost models, on held-out days of honest users
  npm run anticheat -- --work       only CPU time and memory, of a world, of one four times as
                                    large, and of that one in 2 shards

  --users <n>          users of each world                        (2000)
  --days <n>           length of each world                       (14)
  --seed <n>           the first world's seed                     (1)
  --seeds <n>          worlds, each with the next seed            (3)
  --strengths <x,y,…>  sizes of the attacks, 0.05 to 20           (1,0.35)
  --attacks <list|all> kinds to plant                             (all)
  --cheats <x>         the crude cheats of every world; 0 none    (1)
  --no-honest          leave out the worlds without cheats
  --json               print the counts as JSON instead
`

const FLAGS = {
  auc: 'switch',
  work: 'switch',
  'no-honest': 'switch',
  users: 'text',
  days: 'text',
  seed: 'text',
  seeds: 'text',
  strengths: 'text',
  attacks: 'text',
  cheats: 'text',
  json: 'switch',
} as const

function parseStrengths(text: string): number[] {
  const strengths = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  if (strengths.every((strength) => strength >= 0.05 && strength <= 20))
    return [...new Set(strengths)]
  throw new UsageError(`--strengths ${text}: expected numbers from 0.05 to 20, separated by commas`)
}

/** Flags → what to measure. Null if the user asked for help. Throws UsageError. */
export function parseAnticheatOptions(argv: readonly string[]): AnticheatOptions | null {
  const flags = parseFlags(argv, FLAGS, 'npm run anticheat')
  if (flags === null) return null
  return {
    users: parseNumber('users', flags.users, 2000, [20, 1_000_000]),
    days: parseNumber('days', flags.days, 14, [3, 366]),
    firstSeed: parseNumber('seed', flags.seed, 1, [0, 2 ** 31]),
    seeds: parseNumber('seeds', flags.seeds, 3, [1, 100]),
    strengths: parseStrengths(flags.strengths ?? '1,0.35'),
    attacks: parseAttacks(flags.attacks ?? 'all'),
    cheats: parseNumber('cheats', flags.cheats, 1, [0, 20], false),
    isHonestToo: flags['no-honest'] !== true,
    isAuc: flags.auc === true,
    isWork: flags.work === true,
    isJson: flags.json === true,
  }
}
