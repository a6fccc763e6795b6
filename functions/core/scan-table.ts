import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb'
import type { RowKey, TableRow } from './tables.ts'

/** Some rows of a table, in its own order. */
interface TablePage {
  /** Each with its keys. */
  rows: (TableRow & RowKey)[]
  /** Where the next page begins. Null: this is the last one. */
  next: RowKey | null
}

/** The port to all rows of a table: for proofs, not for answers. */
export interface TableScan {
  readonly table: string
  /** The rows after a key, about a megabyte. A row that is written meanwhile may be in no page. */
  page(after: RowKey | null): Promise<TablePage>
}

/** The DynamoDB implementation. Each page is strongly consistent. Errors of the SDK are thrown unchanged. */
export const dynamoScan = (table: string, client: DynamoDBDocumentClient): TableScan => ({
  table,
  async page(after) {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({
        TableName: table,
        ConsistentRead: true,
        ...(after ? { ExclusiveStartKey: after } : {}),
      }),
    )
    const next = LastEvaluatedKey as RowKey | undefined
    return { rows: Items as TablePage['rows'], next: next ?? null }
  },
})
