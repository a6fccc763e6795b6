import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll } from 'vitest'
import { dynamoTable } from '../../functions/core/dynamodb.ts'
import type { TableStore } from '../../functions/core/tables.ts'
import { type Endpoint, openEndpoint } from '../local/endpoint.ts'
import { memoryTable } from '../make/memory-table.ts'
import { tableStoreSuite } from './tables.suite.ts'

let endpoint: Endpoint
let store: TableStore
beforeAll(async () => {
  endpoint = await openEndpoint()
  await endpoint.createTables('table')
  store = dynamoTable('table', DynamoDBDocumentClient.from(endpoint.dynamoClient()))
})
afterAll(() => endpoint?.close())

const memory = memoryTable()
tableStoreSuite('in memory', () => memory)
tableStoreSuite('over dynalite by the real SDK', () => store)
