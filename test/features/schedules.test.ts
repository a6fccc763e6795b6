import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dynamoTable } from '../../functions/core/dynamodb.ts'
import type { TableStore } from '../../functions/core/tables.ts'
import { type Endpoint, openEndpoint } from '../local/endpoint.ts'
import { memoryTable } from '../make/memory-table.ts'
import { playSchedule, schedules } from './schedules.ts'

const SCHEDULES = 20_000
const SCHEDULES_OVER_THE_WIRE = 50

let endpoint: Endpoint
let online: TableStore
beforeAll(async () => {
  endpoint = await openEndpoint()
  await endpoint.createTables('online')
  online = dynamoTable('online', DynamoDBDocumentClient.from(endpoint.dynamoClient()))
})
afterAll(() => endpoint?.close())

describe('Values in any schedule', () => {
  test('Values equal those of the list of events on the local DynamoDB', async () => {
    let played = 0
    await fc.assert(
      fc.asyncProperty(schedules, async (schedule) => {
        expect(await playSchedule(online, `s${played++}`, schedule)).toBeNull()
      }),
      { numRuns: SCHEDULES_OVER_THE_WIRE },
    )
  })

  test('Values equal those of the list of events in memory', async () => {
    let played = 0
    await fc.assert(
      fc.asyncProperty(schedules, async (schedule) => {
        expect(await playSchedule(memoryTable(), `s${played++}`, schedule)).toBeNull()
      }),
      { numRuns: SCHEDULES },
    )
  }, 900_000)

  test.each(["the row's", "the scene's"] as const)(
    'A reader that looks only at %s mark is wrong',
    async (marks) => {
      const { failed, counterexample } = await fc.check(
        fc.asyncProperty(schedules, async (schedule) => {
          expect(await playSchedule(memoryTable(), 's', schedule, marks)).toBeNull()
        }),
        { numRuns: SCHEDULES },
      )
      expect(failed).toBe(true)
      // The same schedule with both marks is right.
      expect(await playSchedule(memoryTable(), 's', counterexample![0])).toBeNull()
    },
  )
})
