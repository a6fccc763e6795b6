import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { MODEL_PART } from '../../functions/contract/part.ts'
import {
  CURRENT_SK,
  releaseRowSchema,
  releaseSk,
  scenePk,
} from '../../functions/contract/registry.ts'
import { floorHour, HOUR_MS } from '../../functions/contract/time.ts'
import { VALUES_SK, valuesPk } from '../../functions/contract/values.ts'
import { dynamoTable } from '../../functions/core/dynamodb.ts'
import { s3Store } from '../../functions/core/s3.ts'
import { encodeBlock } from '../../functions/features/block.ts'
import { seriesOf } from '../../functions/features/series.ts'
import { openEndpoint } from '../local/endpoint.ts'
import { currentRow } from '../make/lineage.ts'
import { SERVED_FEATURES, servedReleases } from './served-releases.ts'

/** What an online service is told, besides the AWS clients' own settings. */
export const SETTINGS = {
  IDENTITY_SECRET: 'secret',
  MODELS_BUCKET: 'plain',
  REGISTRY_TABLE: 'registry',
  ONLINE_TABLE: 'online',
}

/** S3 and DynamoDB with what a release leaves, as the real services keep it. */
export async function openServedEndpoint(nowMs: number) {
  const endpoint = await openEndpoint()
  const client = endpoint.dynamoClient()
  const names = [SETTINGS.REGISTRY_TABLE, SETTINGS.ONLINE_TABLE]
  await endpoint.createTables(...names)
  const [registry, online] = names.map((name) =>
    dynamoTable(name, DynamoDBDocumentClient.from(client)),
  )
  const world = servedReleases()
  await world.prepare(1)
  const row = (await world.registry.get(scenePk('feed'), releaseSk(1)))!
  const release = releaseRowSchema.parse(row)
  const { key } = release.parts[MODEL_PART]!
  const models = s3Store(SETTINGS.MODELS_BUCKET, endpoint.s3Client())
  await models.put(key, await world.models.get(key))
  await registry!.put(scenePk('feed'), releaseSk(1), release)
  await registry!.put(scenePk('feed'), CURRENT_SK, currentRow({ version: 'v1' }))
  const hourMs = floorHour(nowMs - 2 * HOUR_MS)
  const series = seriesOf(SERVED_FEATURES)
  const ring = encodeBlock({
    aheadMs: 0,
    series: new Map(
      series.map((one) => [one.id, { series: one, buckets: new Map([[hourMs, 50]]) }]),
    ),
  })
  await online!.put(valuesPk('feed', 'item', 'i2'), VALUES_SK, { ring })
  const clients = {
    AWS_ENDPOINT_URL: endpoint.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'OPERATOR',
    AWS_SECRET_ACCESS_KEY: 'x',
  }
  return { clients, close: () => endpoint.close() }
}
