import { ProvisionedThroughputExceededException } from '@aws-sdk/client-dynamodb'
import {
  BatchExecuteStatementCommand,
  BatchGetCommand,
  DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { MINUTE_MS } from '../../functions/contract/time.ts'
import { foldedPk } from '../../functions/contract/values.ts'
import { dynamoTable } from '../../functions/core/dynamodb.ts'
import { type Endpoint, openEndpoint } from '../local/endpoint.ts'
import { makeImpression } from '../make/events.ts'
import { makeScene } from '../make/scene.ts'
import { arrivalMs, openOnlineWorld } from './online-world.ts'

/** A clock that moves when everybody waits, and nobody's request is on its way. */
const clock = (() => {
  const waiting: { atMs: number; wake: () => void }[] = []
  const state = { nowMs: 0, underWay: 0 }
  const tick = (): void => {
    if (state.underWay > 0 || waiting.length === 0) return
    const [next] = waiting.sort((a, b) => a.atMs - b.atMs)
    waiting.shift()
    state.nowMs = next!.atMs
    next!.wake()
  }
  const pause = (ms: number): Promise<void> =>
    new Promise((wake) => {
      waiting.push({ atMs: state.nowMs + ms, wake })
    })
  return { state, tick, pause }
})()

let endpoint: Endpoint
let documents: DynamoDBDocumentClient
let ticking: NodeJS.Timeout
let tables = 0
let calm: Awaited<ReturnType<typeof playCalm>>

beforeAll(async () => {
  endpoint = await openEndpoint()
  documents = DynamoDBDocumentClient.from(endpoint.dynamoClient())
  ticking = setInterval(clock.tick, 1)
  calm = await playCalm()
})
afterAll(async () => {
  clearInterval(ticking)
  documents?.destroy()
  await endpoint?.close()
})
beforeEach(() => {
  clock.state.nowMs = 0
})

interface Statements {
  Statements: object[]
}
interface Keys {
  RequestItems: Record<string, { Keys: object[] }>
}
/**
 * What DynamoDB answers while a table throttles: it does every third row of a batch and refuses or
 * leaves out the others, and it refuses single requests.
 */
async function throttled(command: { input: object }, send: (command: never) => Promise<object>) {
  const isDone = (_: unknown, n: number): boolean => n % 3 === 2
  if (command instanceof BatchExecuteStatementCommand) {
    const { Statements } = command.input as Statements
    const done = Statements.filter(isDone)
    const answer =
      done.length === 0
        ? {}
        : await send(new BatchExecuteStatementCommand({ Statements: done as never }) as never)
    const responses = [...((answer as { Responses?: object[] }).Responses ?? [])]
    const codes = ['ThrottlingError', 'ProvisionedThroughputExceeded']
    const Responses = Statements.map((one, n) =>
      isDone(one, n)
        ? responses.shift()
        : { Error: { Code: codes[n % 3], Message: 'by the test' } },
    )
    return { Responses }
  }
  if (command instanceof BatchGetCommand) {
    const [[table, { Keys, ...rest }]] = Object.entries((command.input as Keys).RequestItems) as [
      [string, { Keys: object[] }],
    ]
    const left = { [table]: { ...rest, Keys: Keys.filter((key, n) => !isDone(key, n)) } }
    const asked = Keys.filter(isDone)
    if (asked.length === 0) return { Responses: {}, UnprocessedKeys: left }
    const RequestItems = { [table]: { ...rest, Keys: asked } }
    const answer = await send(new BatchGetCommand({ RequestItems }) as never)
    return { ...answer, UnprocessedKeys: left }
  }
  throw new ProvisionedThroughputExceededException({ message: 'by the test', $metadata: {} })
}

const scene = makeScene({
  features: [
    { kind: 'count', name: 'shown', entity: 'item', event: 'impression', windowHours: 24 },
    {
      kind: 'distinct',
      name: 'seen',
      entity: 'item',
      event: 'impression',
      windowHours: 24,
      of: 'user.id',
    },
  ],
})
const ITEMS = Array.from({ length: 70 }, (_, n) => `i${n}`)

/** Two drops over a table of the local DynamoDB, which throttles rows of values until an instant. */
async function openThrottled() {
  const table = `online${tables++}`
  await endpoint.createTables(table)
  const state = { throttledUntilMs: 0 }
  const client = {
    async send(command: { input: object }) {
      clock.state.underWay++
      const send = documents.send.bind(documents) as unknown as (command: never) => Promise<object>
      // The mark is one row, which the SDK reads again by itself.
      const isMark = JSON.stringify(command.input).includes(foldedPk('feed'))
      const isCalm = isMark || clock.state.nowMs >= state.throttledUntilMs
      try {
        return isCalm ? await send(command as never) : await throttled(command, send)
      } finally {
        clock.state.underWay--
      }
    },
  } as unknown as DynamoDBDocumentClient
  const online = dynamoTable(table, client, clock.pause)
  const world = openOnlineWorld(scene, online)
  const shownTo = (user: string, item: string) =>
    makeImpression({
      user,
      item,
      timeMs: arrivalMs - MINUTE_MS,
      arrivalMs,
      event: `${user}-${item}`,
    })
  world.land(
    1,
    ITEMS.map((item) => shownTo('u1', item)),
  )
  world.land(
    2,
    ITEMS.map((item) => shownTo('u2', item)),
  )
  const throttle = (forMs: number): void => {
    state.throttledUntilMs = clock.state.nowMs + forMs
  }
  return { ...world, throttle, rows: () => Promise.all(ITEMS.map(world.row)) }
}
/** What rows are where nothing is throttled: after the near line, and after a fold. */
async function playCalm() {
  const world = await openThrottled()
  await world.write(1)
  await world.write(2)
  const open = await world.rows()
  await world.fold(4)
  return { open, folded: await world.rows() }
}

describe('An online table that throttles', () => {
  test('A minute of throttling delays drops and folds, and changes no row', async () => {
    expect(calm.open).not.toEqual(calm.folded)
    const world = await openThrottled()
    for (const drop of [1, 2]) {
      world.throttle(MINUTE_MS)
      const beganMs = clock.state.nowMs
      expect(await world.write(drop)).toEqual({ result: 'written', rows: ITEMS.length })
      expect(clock.state.nowMs - beganMs).toBeGreaterThanOrEqual(MINUTE_MS)
    }
    expect(await world.rows()).toEqual(calm.open)
    world.throttle(MINUTE_MS)
    await world.fold(4)
    expect(await world.rows()).toEqual(calm.folded)
  })

  test('Work that gives up after minutes ends right when it is retried', async () => {
    const world = await openThrottled()
    world.throttle(10 * MINUTE_MS)
    await expect(world.write(1)).rejects.toThrow(/in 20 attempts: the table throttles/)
    // As SQS delivers the drop again, and Step Functions the shard.
    clock.state.nowMs += 10 * MINUTE_MS
    await world.write(1)
    await world.write(2)
    expect(await world.rows()).toEqual(calm.open)
    world.throttle(10 * MINUTE_MS)
    await expect(world.fold(4)).rejects.toThrow(/in 20 attempts: the table throttles/)
    clock.state.nowMs += 10 * MINUTE_MS
    await world.fold(4)
    expect(await world.rows()).toEqual(calm.folded)
  })
})
