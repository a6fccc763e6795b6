import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ASSUMED, billOf, type Line, MONTH_DAYS, sumUsd, usdOf } from './cost/bill.ts'
import { countDeployed } from './cost/deployed.ts'
import { type Measured, measureRun, readDefault } from './cost/measured.ts'
import { readPrices } from './cost/prices.ts'
import { restOf } from './cost/rest.ts'
import { endBy } from './local/ending.ts'
import { formatTable } from './local/table.ts'
import { UsageError } from './local/usage-error.ts'

const USAGE = `Prices a month of a load, by service, from what a run on this machine used.

  npm run cost -- --events-per-day 1000000

  --events-per-day <n>   events that are accepted
  --events-per-drop <n>  how producers batch them        (as measured)
  --summary <file>       summary.json of a run; its logs are beside it
                                                         (cdk/cost/measured.json)
  --scenes <names>       as for cdk deploy               (feed)
  --region <region>      whose prices                    (us-east-1)
  --save <file>          keep what was measured, as the default is kept
`
const string = { type: 'string' } as const
const OPTIONS = {
  'events-per-day': string,
  'events-per-drop': string,
  summary: string,
  scenes: string,
  region: string,
  save: string,
  help: { type: 'boolean', short: 'h' },
} as const

function parseFlags() {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: false }).values
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(/\.\s/)[0]}; see npm run cost -- --help`)
  }
}

function positive(flag: string, text: string): number {
  const number = text.trim() === '' ? Number.NaN : Number(text)
  if (!(number > 0 && number <= 1e12))
    throw new UsageError(`--${flag} ${text}: expected a number above 0, at most 1e12`)
  return number
}

function save(path: string, measured: Measured): void {
  try {
    writeFileSync(path, `${JSON.stringify(measured, null, 2)}\n`)
  } catch (error) {
    throw new UsageError(`--save ${path}: cannot be written (${(error as Error).message})`)
  }
}

const amount = (quantity: number): string =>
  quantity >= 100
    ? Math.round(quantity).toLocaleString('en-GB')
    : quantity.toLocaleString('en-GB', { maximumSignificantDigits: 3 })

function tableOf(lines: readonly Line[]): string {
  const rows = lines.map((line) => [
    line.service,
    line.what,
    amount(line.quantity),
    usdOf(line).toFixed(2),
  ])
  return formatTable(
    ['service', 'what', 'a month', 'USD'],
    [...rows, ['', 'in all', '', sumUsd(lines).toFixed(2)]],
  )
}

function main(): void {
  const flags = parseFlags()
  if (flags.help) return void process.stdout.write(USAGE)
  const { prices, source } = readPrices(flags.region ?? 'us-east-1')
  const measured = flags.summary === undefined ? readDefault() : measureRun(flags.summary)
  if (flags.save !== undefined) {
    save(flags.save, measured)
    return void process.stdout.write(
      `${flags.save}: what ${flags.summary ?? 'the default'} measured\n`,
    )
  }
  const load = flags['events-per-day']
  if (load === undefined)
    throw new UsageError('--events-per-day is missing; see npm run cost -- --help')
  const eventsPerDay = positive('events-per-day', load)
  const perDrop = flags['events-per-drop']
  const eventsPerDrop = perDrop === undefined ? undefined : positive('events-per-drop', perDrop)
  const deployed = countDeployed({ scenes: flags.scenes ?? 'feed' })
  const bill = billOf(measured, deployed, prices, { eventsPerDay, eventsPerDrop })
  const rest = restOf(measured, deployed, prices)
  const dropSize = eventsPerDrop ?? measured.events / measured.drops
  const perMillion = (sumUsd(bill) / (eventsPerDay * MONTH_DAYS)) * 1e6
  const [runs, pieces] = [ASSUMED.statesPerRun, ASSUMED.statesPerPiece]
  process.stdout.write(`${amount(eventsPerDay)} events a day, ${amount(dropSize)} a drop: a month of ${MONTH_DAYS.toFixed(1)} days

${tableOf(bill)}

At rest, when nothing arrives, and below the load above

${tableOf(rest)}

${(sumUsd(bill) + sumUsd(rest)).toFixed(2)} USD a month in all; ${perMillion.toFixed(2)} USD per million events beyond what is at rest.

Prices    ${source}.
Measured  ${flags.summary ?? measured.command}: ${amount(measured.events)} events of ${amount(measured.days)} days in ${amount(measured.drops)} drops.
Assumed   A second here is a second of Lambda or SageMaker. Time and what is kept of events grow with the events; requests of
          intake, closing, plan and report with the drops; all others, and the invocations, with the schedule.
          Every S3 request costs what a write does, every online batch has ${ASSUMED.rowsPerBatch} rows, every invocation is traced
          and asks KMS ${ASSUMED.kmsRequestsPerInvocation} times. A run passes ${runs} states beside its functions, a piece ${pieces}. A job's instance starts for
          ${ASSUMED.trainingStartSeconds} s. The lake keeps ${ASSUMED.keptDays} days. Reading by the online side, and data transfer out, are not in it.
`)
}

try {
  main()
} catch (error) {
  endBy(error)
}
