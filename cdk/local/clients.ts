import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { S3Client } from '@aws-sdk/client-s3'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { credentialsOf, OPERATOR_KEY } from './credentials.ts'
import { REGION } from './ports.ts'

/** The clients of AWS that the local cloud itself needs of its endpoint. */
export interface Clients {
  s3: S3Client
  dynamo: DynamoDBClient
  documents: DynamoDBDocumentClient
  /** S3 as a holder of a key has it. */
  s3Of(accessKeyId: string): S3Client
  close(): void
}

export function createClients(endpoint: string): Clients {
  const about = (accessKeyId: string) => ({
    endpoint,
    region: REGION,
    credentials: credentialsOf(accessKeyId),
  })
  const byKey = new Map<string, S3Client>()
  function s3Of(accessKeyId: string): S3Client {
    const found = byKey.get(accessKeyId)
    if (found) return found
    const client = new S3Client({ ...about(accessKeyId), forcePathStyle: true })
    byKey.set(accessKeyId, client)
    return client
  }
  const dynamo = new DynamoDBClient(about(OPERATOR_KEY))
  return {
    s3: s3Of(OPERATOR_KEY),
    dynamo,
    documents: DynamoDBDocumentClient.from(dynamo, {
      marshallOptions: { removeUndefinedValues: true },
    }),
    s3Of,
    close() {
      for (const client of byKey.values()) client.destroy()
      dynamo.destroy()
    },
  }
}
