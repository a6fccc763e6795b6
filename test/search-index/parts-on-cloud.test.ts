import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cloud } from '../../cdk/local/cloud.ts'
import { DAY_MS, HOUR_MS, isoSeconds } from '../../functions/contract/time.ts'
import type { FoundHits } from '../../functions/reader/found.ts'
import { loadState } from '../../functions/search-index/state.ts'
import { SHOP } from '../make/search-world.ts'
import { putStatements } from '../make/statements.ts'
import { openWorkshop, SMALL_WORLD, smallScene, type Workshop } from '../system/run-world.ts'

const START_MS = SMALL_WORLD.startMs
const FILES = 5
const scene = smallScene({ search: { ...SHOP, partFiles: 2 } })
let workshop: Workshop
let cloud: Cloud
beforeAll(async () => {
  workshop = await openWorkshop(scene)
  cloud = await workshop.start(START_MS)
})
afterAll(() => workshop?.end())

const client = () => ({
  endpoint: cloud.url,
  region: 'us-east-1',
  credentials: { accessKeyId: 'LOCALOPERATOR', secretAccessKey: 'local' },
})
async function search(query: string): Promise<FoundHits> {
  const Payload = Buffer.from(JSON.stringify({ scene: 'feed', query, limit: 50 }))
  const FunctionName = cloud.declarations.functions.find(({ stage }) => stage === 'search')!.name
  const answer = await new LambdaClient(client()).send(new InvokeCommand({ FunctionName, Payload }))
  const text = Buffer.from(answer.Payload ?? []).toString()
  if (answer.FunctionError) throw new Error(text)
  return JSON.parse(text) as FoundHits
}
const idsOf = ({ hits }: FoundHits): string[] => hits.map(({ id }) => id).sort()
const builds = () =>
  cloud.executions().filter(({ stateMachineArn }) => stateMachineArn.includes('Rebuild'))
const callsOf = (stage: string) => cloud.usage.stages()[stage]?.invocations ?? 0
const shoe = (n: number, title: string) => ({
  ...{ id: `shoe-${n}`, timeMs: START_MS - DAY_MS },
  attributes: { title, brand: n % 2 ? 'odd' : 'even', price: n },
})

describe('a large lake on the local cloud', () => {
  test('Its first drop starts one build of all parts', async () => {
    // Each file says something else about one shoe: the last statement holds.
    const statements = Array.from({ length: FILES }, (_, n) => [
      shoe(n, `Red shoe ${n}`),
      shoe(0, `Blue boot ${n}`),
    ]).flat()
    await putStatements(cloud.lake, 'items', START_MS - HOUR_MS, statements, 'feed', 2)
    await cloud.clock.drain()
    expect(builds().map(({ status }) => status)).toEqual(['SUCCEEDED'])
    expect(callsOf('index-part')).toBe(3)
    expect(callsOf('rebuild-index')).toBe(2)
    expect(idsOf(await search('red'))).toEqual(['shoe-1', 'shoe-2', 'shoe-3', 'shoe-4'])
    const { hits } = await search('boot')
    expect(hits.map(({ id }) => id)).toEqual(['shoe-0'])
    expect(idsOf(await search('0'))).toEqual([])
  })

  test('A week later the schedule builds in parts again', async () => {
    const machine = cloud.declarations.stateMachines.find(({ name }) => name.includes('Rebuild'))!
    const input = { scene: 'feed', scheduledTime: isoSeconds(START_MS + 8 * DAY_MS) }
    const before = await search('red')
    await new SFNClient(client()).send(
      new StartExecutionCommand({ stateMachineArn: machine.arn, input: JSON.stringify(input) }),
    )
    await cloud.clock.drain()
    expect(builds().map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED'])
    expect(callsOf('index-part')).toBe(6)
    const after = await search('red')
    expect(after.generation).not.toBe(before.generation)
    expect(after.hits).toEqual(before.hits)
    const { generations } = await loadState(cloud.online, 'feed')
    expect(generations[0]).toMatchObject({
      ...{ generation: after.generation, status: 'accepted' },
      reason: expect.stringMatching(/^overlap 100\.0 %/),
    })
    expect(cloud.deadLetters()).toBe(0)
  })
})
