import { missing, parseFlags } from '../command-line.ts'
import { UsageError } from '../errors.ts'
import type { Load } from './line.ts'
import { parseSearchLoad, type SearchLoad } from './search/load.ts'

export const COST_USAGE = `Prices a month of a load, by service, from what a run on this machine used.

  npm run cost -- --events-per-day 1000000
  npm run cost -- --search documents=1000000,changes=100000,queries=1000000

  --events-per-day <n>   accepted events a day
  --events-per-drop <n>  events in one drop              (as measured)
  --slates-per-day <n>   slates that online services rank, each one batch of
                         reads: its user's row and its items'
                                                         (a tenth of the events)
  --items-per-slate <n>  items of one slate              (20)
  --summary <file>       summary.json of a run; its logs are beside it
                                                         (cdk/cli/cost/measured.json)
  --scenes <names>       scenes, as for cdk deploy       (feed)
  --settings <file>      settings of the deployment, as for cdk deploy
  --region <region>      AWS Region of the prices        (us-east-1)
  --prices <file>        your own price list: for another Region or negotiated prices
                                                         (cdk/cli/cost/prices.json)
  --save <file>          save the measurement in this file instead of a bill
  --search <load>        prices a scene's search index instead, beside the floor
                         of OpenSearch Serverless. Of a day, but for documents:
                           documents=<n>  in the index
                           changes=<n>    changed ones    (a tenth of them)
                           queries=<n>                    (1000000)
                           drops=<n>      that bring the changes
                                                          (1440, a change at least)
`
/** Defaults. Impressions and outcomes of a slate, and its items: candidates that are scored, shown or not. */
const EVENTS_PER_SLATE = 10
const ITEMS_PER_SLATE = 20
const COMMAND = 'npm run cost'
const FLAGS = {
  'events-per-day': 'text',
  'events-per-drop': 'text',
  'slates-per-day': 'text',
  'items-per-slate': 'text',
  summary: 'text',
  scenes: 'text',
  settings: 'text',
  region: 'text',
  prices: 'text',
  save: 'text',
  search: 'text',
} as const
/** Flags that go with `--search`: it has a load, rates and functions of its own. */
const FLAGS_OF_SEARCH: readonly string[] = ['search', 'region', 'prices']

export interface CostOptions {
  /** summary.json of a run. Default: the measurement that ships with the project. */
  summary: string | undefined
  scenes: string
  /** A file of settings, which overrides `scenes`. */
  settings: string | undefined
  region: string
  /** A price list. Default: the one that ships with the project. */
  prices: string | undefined
  /** The file to save the measurement to, or the load to price. */
  task: { save: string } | { search: SearchLoad } | Load
}

function parsePositive(flag: string, text: string): number {
  const number = text.trim() === '' ? Number.NaN : Number(text)
  if (!(number > 0 && number <= 1e12))
    throw new UsageError(`--${flag} ${text}: expected a number above 0, at most 1e12`)
  return number
}

/** Flags → what to price. Null if the user asked for help. Throws UsageError. */
export function parseCostOptions(argv: readonly string[]): CostOptions | null {
  const flags = parseFlags(argv, FLAGS, COMMAND)
  if (flags === null) return null
  const number = (flag: keyof typeof FLAGS): number | undefined =>
    flags[flag] === undefined ? undefined : parsePositive(flag, flags[flag])
  const deployment = {
    summary: flags.summary,
    scenes: flags.scenes ?? 'feed',
    settings: flags.settings,
    region: flags.region ?? 'us-east-1',
    prices: flags.prices,
  }
  if (flags.search !== undefined) {
    const other = Object.keys(flags).find((flag) => !FLAGS_OF_SEARCH.includes(flag))
    if (other !== undefined)
      throw new UsageError(
        `--${other}: expected no such flag beside --search, which prices an index alone`,
      )
    return { ...deployment, task: { search: parseSearchLoad(flags.search) } }
  }
  if (flags.save !== undefined) return { ...deployment, task: { save: flags.save } }
  const eventsPerDay = number('events-per-day')
  if (eventsPerDay === undefined) throw missing('events-per-day', COMMAND)
  return {
    ...deployment,
    task: {
      eventsPerDay,
      eventsPerDrop: number('events-per-drop'),
      slatesPerDay: number('slates-per-day') ?? eventsPerDay / EVENTS_PER_SLATE,
      itemsPerSlate: number('items-per-slate') ?? ITEMS_PER_SLATE,
    },
  }
}
