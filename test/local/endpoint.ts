import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { S3Client } from '@aws-sdk/client-s3'
import type { Authorize } from '../../cdk/local/authorize.ts'
import { createDynamo, createTables } from '../../cdk/local/dynamodb.ts'
import { startFront } from '../../cdk/local/front.ts'
import type { BusEvent, Caller, Clock, Service } from '../../cdk/local/ports.ts'
import type { BucketDeclaration } from '../../cdk/local/s3/bucket.ts'
import { createS3, type LocalS3 } from '../../cdk/local/s3/service.ts'
import { createUsage, type Usage } from '../../cdk/local/usage.ts'

export type Published = Pick<BusEvent, 'source' | 'detail-type' | 'resources' | 'detail'>

export interface Endpoint {
  url: string
  /** Folder of its objects. */
  root: string
  s3: LocalS3
  usage: Usage
  events: Published[]
  clock: Clock & { nowMs: number }
  s3Client(accessKeyId?: string): S3Client
  dynamoClient(): DynamoDBClient
  /** Tables with the keys of ours, `pk` and `sk`. */
  createTables(...names: string[]): Promise<void>
  close(): Promise<void>
}

const KEYS = [
  { name: 'pk', type: 'S', role: 'HASH' },
  { name: 'sk', type: 'S', role: 'RANGE' },
]
const BUCKETS: BucketDeclaration[] = [
  { name: 'plain', versioned: false, eventBridge: false },
  { name: 'versioned', versioned: true, eventBridge: true },
]

/** S3 and DynamoDB of the local cloud behind its front door, for real SDK clients. */
export async function openEndpoint(
  options: {
    authorize?: Authorize
    callers?: Record<string, Caller>
    services?: Service[]
    address?: string
  } = {},
): Promise<Endpoint> {
  const root = mkdtempSync(join(tmpdir(), 'endpoint-'))
  const clock = {
    nowMs: Date.UTC(2026, 0, 5, 12),
    now: (): number => clock.nowMs,
    at: () => ({ cancel: () => {} }),
  }
  const events: Published[] = []
  const usage = createUsage()
  const authorize = options.authorize
  const s3 = createS3({
    root,
    buckets: BUCKETS,
    clock,
    bus: { publish: (event) => void events.push(event) },
    ...(authorize ? { authorize } : {}),
  })
  const dynamo = createDynamo(authorize, ({ stage }, table, use) => usage.rows(stage, table, use))
  const callers: Record<string, Caller> = {
    OPERATOR: { stage: 'operator', role: null },
    ...options.callers,
  }
  const front = await startFront({
    resolveCaller: (key) => callers[key] ?? null,
    usage,
    address: options.address,
  })
  front.serve([s3, dynamo, ...(options.services ?? [])])
  const configuration = (accessKeyId: string) => ({
    endpoint: front.url,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: 'x' },
    maxAttempts: 1,
  })
  const clients: { destroy(): void }[] = []
  const dynamoClient = (): DynamoDBClient => {
    const client = new DynamoDBClient(configuration('OPERATOR'))
    clients.push(client)
    return client
  }
  return {
    url: front.url,
    root,
    s3,
    usage,
    events,
    clock,
    s3Client(accessKeyId = 'OPERATOR') {
      const client = new S3Client({ ...configuration(accessKeyId), forcePathStyle: true })
      clients.push(client)
      return client
    },
    dynamoClient,
    createTables: (...names) =>
      createTables(
        dynamoClient(),
        names.map((name) => ({ name, arn: name, keys: KEYS })),
      ),
    async close() {
      for (const client of clients) client.destroy()
      await front.close()
      await dynamo.close()
      rmSync(root, { recursive: true, force: true })
    },
  }
}
