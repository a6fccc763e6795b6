import { parseArgs } from 'node:util'
import { UsageError } from '../usage-error.ts'

export const COST_USAGE = `Prices a month of a load, by service, from what a run on this machine used.

  npm run cost -- --events-per-day 1000000

  --events-per-day <n>   events that are accepted
  --events-per-drop <n>  how producers batch them        (as measured)
  --summary <file>       summary.json of a run; its logs are beside it
                                                         (cdk/cli/cost/measured.json)
  --scenes <names>       as for cdk deploy               (feed)
  --settings <file>      as for cdk deploy: the deployment as it is to be
  --region <region>      whose prices                    (us-east-1)
  --prices <file>        a list of your own: another Region's, or as negotiated
                                                         (cdk/cli/cost/prices.json)
  --save <file>          keep what was measured, as the default is kept
`
const string = { type: 'string' } as const
const FLAGS = {
  'events-per-day': string,
  'events-per-drop': string,
  summary: string,
  scenes: string,
  settings: string,
  region: string,
  prices: string,
  save: string,
  help: { type: 'boolean', short: 'h' },
} as const

export interface CostOptions {
  /** Of a run; what ships with the project where absent. */
  summary: string | undefined
  scenes: string
  /** A file of settings, which holds over `scenes`. */
  settings: string | undefined
  region: string
  /** A list of prices; ours where absent. */
  prices: string | undefined
  /** Where what was measured is to be kept, or the load to price, batched as measured where not said. */
  task: { save: string } | { eventsPerDay: number; eventsPerDrop: number | undefined }
}

function positive(flag: string, text: string): number {
  const number = text.trim() === '' ? Number.NaN : Number(text)
  if (!(number > 0 && number <= 1e12))
    throw new UsageError(`--${flag} ${text}: expected a number above 0, at most 1e12`)
  return number
}

/** Flags → what to price; `null` where only the help was asked for. Throws UsageError. */
export function parseCostOptions(argv: readonly string[]): CostOptions | null {
  let flags: { [flag in keyof typeof FLAGS]?: string | boolean }
  try {
    flags = parseArgs({ args: [...argv], options: FLAGS }).values
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(/\.\s/)[0]}; see npm run cost -- --help`)
  }
  if (flags.help) return null
  const text = (flag: keyof typeof FLAGS): string | undefined => flags[flag] as string | undefined
  const number = (flag: 'events-per-day' | 'events-per-drop'): number | undefined =>
    text(flag) === undefined ? undefined : positive(flag, text(flag)!)
  const of = {
    summary: text('summary'),
    scenes: text('scenes') ?? 'feed',
    settings: text('settings'),
    region: text('region') ?? 'us-east-1',
    prices: text('prices'),
  }
  const save = text('save')
  if (save !== undefined) return { ...of, task: { save } }
  const eventsPerDay = number('events-per-day')
  if (eventsPerDay === undefined)
    throw new UsageError('--events-per-day is missing; see npm run cost -- --help')
  return { ...of, task: { eventsPerDay, eventsPerDrop: number('events-per-drop') } }
}
