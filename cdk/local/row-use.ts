import { createRequire } from 'node:module'
import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import type { RowUse, TableSize } from '../../functions/contract/summary.ts'

/** DynamoDB's size of an item: names and values, as it bills them. The package has no types. */
const { itemSize }: { itemSize(item: Record<string, AttributeValue>): number } = createRequire(
  import.meta.url,
)('dynalite/db')

/** A request of the table service, as far as its use of rows is concerned. */
export interface RowRequest {
  TableName?: string
  RequestItems?: Record<string, unknown>
  Item?: Record<string, AttributeValue>
  ConsistentRead?: boolean
}
/** An answer that states its consumed capacity. */
export interface RowAnswer {
  ConsumedCapacity?: Capacity | Capacity[]
  Item?: unknown
  ScannedCount?: number
  Responses?: Record<string, unknown[]>
}
interface Capacity {
  TableName: string
  CapacityUnits?: number
}

const WRITES: ReadonlySet<string> = new Set([
  'BatchWriteItem',
  'PutItem',
  'UpdateItem',
  'DeleteItem',
])
const READS: ReadonlySet<string> = new Set(['BatchGetItem', 'GetItem', 'Query', 'Scan'])
/** Whether an operation uses rows. Its request must then ask for the consumed capacity. */
export const usesRows = (operation: string): boolean =>
  WRITES.has(operation) || READS.has(operation)

const listOf = (capacity: RowAnswer['ConsumedCapacity']): Capacity[] =>
  capacity === undefined ? [] : Array.isArray(capacity) ? capacity : [capacity]

function rowsRead(operation: string, table: string, answer: RowAnswer): number {
  if (operation === 'BatchGetItem') return answer.Responses?.[table]?.length ?? 0
  if (operation === 'GetItem') return answer.Item ? 1 : 0
  return answer.ScannedCount ?? 0
}

/**
 * The rows that an answered request wrote or read, by table. Units are those of the service: a write of
 * a row takes ⌈bytes / 1 KiB⌉, an eventually consistent read ⌈bytes / 4 KiB⌉ / 2, and a read that finds
 * nothing takes the least ("Read and write operations", DynamoDB developer guide).
 */
export function rowUseOf(
  operation: string,
  request: RowRequest,
  answer: RowAnswer,
): Map<string, RowUse> {
  const found = new Map<string, RowUse>()
  const least = request.ConsistentRead ? 1 : 0.5
  for (const { TableName: table, CapacityUnits: units = 0 } of listOf(answer.ConsumedCapacity)) {
    const batch = request.RequestItems?.[table]
    found.set(
      table,
      WRITES.has(operation)
        ? {
            rowsWritten: Array.isArray(batch) ? batch.length : 1,
            writeUnits: units,
            ...{ rowsRead: 0, readUnits: 0 },
          }
        : {
            rowsRead: rowsRead(operation, table, answer),
            readUnits: Math.max(units, least),
            ...{ rowsWritten: 0, writeUnits: 0 },
          },
    )
  }
  return found
}

/**
 * The use of a conditional write that was refused. The service bills the larger of the two rows. The
 * stored one is unknown here, so a put counts by its own row and an update as one unit.
 */
export const refusedWrite = ({ Item }: RowRequest): RowUse => ({
  rowsWritten: 0,
  writeUnits: Item ? Math.ceil(itemSize(Item) / 1024) : 1,
  ...{ rowsRead: 0, readUnits: 0 },
})

/** Reads a whole table and adds up the sizes of its rows. */
export async function measureTable(client: DynamoDBClient, table: string): Promise<TableSize> {
  const size: TableSize = { rows: 0, bytes: 0, largestRowBytes: 0 }
  let start: Record<string, AttributeValue> | undefined
  do {
    const page = await client.send(
      new ScanCommand({ TableName: table, ...(start && { ExclusiveStartKey: start }) }),
    )
    for (const item of page.Items ?? []) {
      const bytes = itemSize(item)
      size.rows++
      size.bytes += bytes
      size.largestRowBytes = Math.max(size.largestRowBytes, bytes)
    }
    start = page.LastEvaluatedKey
  } while (start)
  return size
}
