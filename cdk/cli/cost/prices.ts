import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { UsageError } from '../errors.ts'

const usd = z.number().gt(0)
/** US dollars for the unit in the name. */
const pricesSchema = z.strictObject({
  lambdaRequest: usd,
  lambdaArmGibSecond: usd,
  /** For /tmp beyond the first 512 MiB. */
  lambdaDiskGibSecond: usd,
  s3WriteOrListRequest: usd,
  s3ReadRequest: usd,
  s3GibMonth: usd,
  dynamodbWriteUnit: usd,
  dynamodbReadUnit: usd,
  dynamodbGibMonth: usd,
  dynamodbRecoveryGibMonth: usd,
  stepFunctionsTransition: usd,
  sqsRequest: usd,
  eventBridgeOptInEvent: usd,
  schedulerInvocation: usd,
  logsGib: usd,
  customMetricMonth: usd,
  alarmMetricMonth: usd,
  dashboardMonth: usd,
  xrayTrace: usd,
  kmsKeyMonth: usd,
  kmsRequest: usd,
  secretMonth: usd,
  ecrGibMonth: usd,
  trainingVolumeGibMonth: usd,
  trainingHour: z.record(z.string(), usd),
  /** Of OpenSearch Serverless, which `--search` compares with. */
  openSearchOcuHour: usd,
  /** By instance type of a domain. */
  openSearchInstanceHour: z.record(z.string(), usd),
  openSearchVolumeGibMonth: usd,
})
export type Prices = z.infer<typeof pricesSchema>
const sourceSchema = z.strictObject({
  /** The AWS page with the price. */
  page: z.url(),
  /** The source of the figure. Null: the AWS page needs a script, so the figure could not be read there. */
  checked: z.url().nullable(),
})
const priceListSchema = z.strictObject({
  source: z.string(),
  asOf: z.string(),
  sources: z.partialRecord(pricesSchema.keyof(), sourceSchema).default({}),
  regions: z.record(z.string(), pricesSchema),
})
export type PriceList = z.infer<typeof priceListSchema>

const SHIPPED = 'cdk/cli/cost/prices.json'

/** Reads a price list. Default: the one that ships. Throws UsageError for a file of another kind. */
export function readPriceList(path?: string): PriceList {
  const from = path ?? join(import.meta.dirname, 'prices.json')
  const refuse = (reason: string): UsageError =>
    new UsageError(`--prices ${path}: expected a list like ${SHIPPED}: ${reason}`)
  let value: unknown
  try {
    value = JSON.parse(readFileSync(from, 'utf8'))
  } catch (error) {
    throw refuse(existsSync(from) ? (error as Error).message : 'no such file')
  }
  const parsed = priceListSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw refuse(`${issue!.path.join('.') || 'the whole file'}: ${issue!.message}`)
}

/** The prices of one Region and their source. Throws UsageError for a Region that is not in the list. */
export function readPrices(region: string, path?: string): { prices: Prices; source: string } {
  const { source, asOf, sources, regions } = readPriceList(path)
  const prices = regions[region]
  if (!prices)
    throw new UsageError(
      `--region ${region}: expected a Region with prices in ${path ?? SHIPPED} (${Object.keys(regions).join(', ')})`,
    )
  const unchecked = Object.entries(sources)
    .filter(([, { checked }]) => checked === null)
    .map(([name]) => name)
  const open = unchecked.length === 0 ? '' : `; not checked: ${unchecked.join(', ')}`
  return { prices, source: `${source}; ${region}, as of ${asOf}${open}` }
}
