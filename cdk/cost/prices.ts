import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { UsageError } from '../local/usage-error.ts'

const usd = z.number().gt(0)
/** US dollars a unit, as the name says. */
const pricesSchema = z.strictObject({
  lambdaRequest: usd,
  lambdaArmGibSecond: usd,
  /** Of /tmp beyond the first 512 MiB. */
  lambdaDiskGibSecond: usd,
  s3WriteOrListRequest: usd,
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
})
export type Prices = z.infer<typeof pricesSchema>
const priceListSchema = z.strictObject({
  source: z.string(),
  asOf: z.string(),
  regions: z.record(z.string(), pricesSchema),
})

/** The price list of one Region, with where it is from. Throws UsageError for a Region that it lacks. */
export function readPrices(region: string): { prices: Prices; source: string } {
  const text = readFileSync(join(import.meta.dirname, 'prices.json'), 'utf8')
  const { source, asOf, regions } = priceListSchema.parse(JSON.parse(text))
  const prices = regions[region]
  if (!prices)
    throw new UsageError(
      `--region ${region}: expected one that cdk/cost/prices.json has prices of (${Object.keys(regions).join(', ')})`,
    )
  return { prices, source: `${source}; ${region}, as of ${asOf}` }
}
