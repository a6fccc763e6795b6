import { writeFileSync } from 'node:fs'
import { billOf } from './cost/bill.ts'
import { amount, tableOf } from './cost/bill-table.ts'
import { countDeployed, type Deployed } from './cost/deployed.ts'
import { ASSUMED, MONTH_DAYS, sumUsd } from './cost/line.ts'
import { type Measured, measureRun, readDefault } from './cost/measured.ts'
import { COST_USAGE, parseCostOptions } from './cost/options.ts'
import { readPrices } from './cost/prices.ts'
import { restOf } from './cost/rest.ts'
import { printSearchBill } from './cost/search/print-bill.ts'
import { costClassOf } from './cost/stages.ts'
import { describeOnline } from './cost/tables.ts'
import { UsageError } from './errors.ts'
import { runCommand } from './exit.ts'

function save(path: string, measured: Measured): void {
  try {
    writeFileSync(path, `${JSON.stringify(measured, null, 2)}\n`)
  } catch (error) {
    throw new UsageError(`--save ${path}: the file cannot be written: ${(error as Error).message}`)
  }
}

/** Functions that the deployment has and the measurement lacks. What people invoke costs what their patience does. */
function unmeasuredIn({ functions }: Deployed, { stages }: Measured): string {
  const names = Object.keys(functions)
    .filter((name) => !(name in stages) && costClassOf(name)?.invokedBy !== 'person')
    .sort()
  const own = '--summary with a run of this scene adds them'
  return names.length === 0 ? '' : `\n          Not in it: ${names.join(', ')}; ${own}.`
}

function main(argv: string[]): number {
  const options = parseCostOptions(argv)
  if (options === null) {
    process.stdout.write(COST_USAGE)
    return 0
  }
  const { summary, task } = options
  const { prices, source } = readPrices(options.region, options.prices)
  if ('search' in task) {
    process.stdout.write(printSearchBill(task.search, { prices, source }))
    return 0
  }
  const measured = summary === undefined ? readDefault() : measureRun(summary)
  if ('save' in task) {
    save(task.save, measured)
    process.stdout.write(`${task.save} has the measurement of ${summary ?? 'the default'}\n`)
    return 0
  }
  const { eventsPerDay, eventsPerDrop, slatesPerDay, itemsPerSlate } = task
  const { scenes, settings } = options
  const deployed = countDeployed({ scenes, ...(settings ? { settings } : {}) })
  const bill = billOf(measured, deployed, prices, task)
  const rest = restOf(measured, deployed, prices)
  const dropSize = eventsPerDrop ?? measured.events / measured.drops
  const perMillion = (sumUsd(bill) / (eventsPerDay * MONTH_DAYS)) * 1e6
  const { lakeRetentionDays: lakeDays } = deployed
  const lake =
    lakeDays === null
      ? `The lake holds ${ASSUMED.keptDays} days and grows by the same amount each year`
      : `The lake keeps ${lakeDays} days`
  const [runs, pieces] = [ASSUMED.statesPerRun, ASSUMED.statesPerPiece]
  process.stdout.write(`${amount(eventsPerDay)} events a day, ${amount(dropSize)} a drop: a month of ${MONTH_DAYS.toFixed(1)} days

${tableOf(bill)}

At rest: the cost of a month without drops, which every month pays

${tableOf(rest)}

${(sumUsd(bill) + sumUsd(rest)).toFixed(2)} USD a month in total; ${perMillion.toFixed(2)} USD per million events above the cost at rest.

Prices    ${source}.
Measured  ${summary ?? measured.command}: ${amount(measured.events)} events of ${amount(measured.days)} days in ${amount(measured.drops)} drops.${unmeasuredIn(deployed, measured)}
Online    ${describeOnline(measured)}
Assumed   A second on this machine is a second of Lambda or SageMaker. Time and stored bytes grow with the events. Requests of
          intake, closing, plan and report grow with the drops. All other requests, and invocations, grow with the schedule.
          Every S3 request has the price of a write. Table rows of users and items grow with the events, and with
          smaller drops. Of ${amount(slatesPerDay)} slates a day each reads ${amount(1 + itemsPerSlate)} rows as large as the largest one. Every invocation is traced and
          calls KMS ${ASSUMED.kmsRequestsPerInvocation} times. A run passes ${runs} states beside its functions, a shard ${pieces}. A job's instance needs
          ${ASSUMED.trainingStartSeconds} s to start. ${lake}. Each key is in its first
          year: each yearly rotation adds the same price again. Data transfer out is not included.
`)
  return 0
}

await runCommand(main)
