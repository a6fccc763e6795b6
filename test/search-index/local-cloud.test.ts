import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPage, type LivePage } from '../../cdk/cli/page/page.ts'
import type { Cloud } from '../../cdk/local/cloud.ts'
import { rawKey } from '../../functions/contract/keys.ts'
import { DAY_MS, HOUR_MS, isoSeconds, MINUTE_MS } from '../../functions/contract/time.ts'
import type { FoundHits } from '../../functions/reader/found.ts'
import { SHOP } from '../make/search-world.ts'
import { openWorkshop, SMALL_WORLD, smallScene, type Workshop } from '../system/run-world.ts'

const START_MS = SMALL_WORLD.startMs
const scene = smallScene({ search: SHOP })
let workshop: Workshop
let cloud: Cloud
let page: LivePage
beforeAll(async () => {
  workshop = await openWorkshop(scene)
  cloud = await workshop.start(START_MS)
  page = createPage({ cloud, configuration: scene, speed: 60 })
  cloud.show(page.show)
}, 120_000)
afterAll(async () => {
  page?.close()
  await workshop?.end()
})

interface Item {
  id: string
  timeMs?: number
  attributes: Record<string, unknown>
  text?: string
}
let drops = 0
async function drop(items: readonly Item[]): Promise<void> {
  // Two drops of one instant are in no order that a person would expect.
  await cloud.clock.advanceTo(cloud.clock.now() + MINUTE_MS)
  const lines = items.map((item) => JSON.stringify(item)).join('\n')
  await cloud.dropRaw(rawKey('feed', 'items', `${drops++}.jsonl`), Buffer.from(lines))
  await cloud.clock.drain()
}

const client = () =>
  new LambdaClient({
    endpoint: cloud.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'LOCALOPERATOR', secretAccessKey: 'local' },
  })
const functionOf = (stage: string): string =>
  cloud.declarations.functions.find((one) => one.stage === stage)!.name
async function invoke<T>(stage: string, input: unknown): Promise<T> {
  const Payload = Buffer.from(JSON.stringify(input))
  const answer = await client().send(
    new InvokeCommand({ FunctionName: functionOf(stage), Payload }),
  )
  const text = Buffer.from(answer.Payload ?? []).toString()
  if (answer.FunctionError) throw new Error(text)
  return JSON.parse(text) as T
}
const search = (query: string, options = {}) =>
  invoke<FoundHits>('search', { scene: 'feed', query, ...options })
const idsOf = ({ hits }: FoundHits): string[] => hits.map(({ id }) => id)

const shoe = (n: number, more: Record<string, unknown> = {}): Item => ({
  id: `shoe-${n}`,
  timeMs: START_MS - HOUR_MS,
  attributes: { title: `Red running shoe ${n}`, brand: n % 2 ? 'odd' : 'even', price: n, ...more },
  text: 'A light shoe for wet days.',
})

describe('search on the local cloud', () => {
  test('Before the first drop the URL says that nothing is indexed', async () => {
    const answer = await fetch(`${cloud.url}/_quartermaster/search.json?query=shoe`)
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({
      error: expect.stringMatching(/no accepted search index/),
    })
  })

  test('A drop is searchable, with its document, passages and scores', async () => {
    await drop(Array.from({ length: 20 }, (_, n) => shoe(n)))
    const found = await search('red shoes', {
      ...{ documents: true, highlight: true, explain: true, facets: ['brand'] },
      ranges: { price: { from: 3, through: 6 } },
    })
    expect(idsOf(found)).toEqual(['shoe-3', 'shoe-4', 'shoe-5', 'shoe-6'])
    expect(found.facets).toEqual({
      brand: [
        { value: 'even', count: 2 },
        { value: 'odd', count: 2 },
      ],
    })
    const [first] = found.hits
    expect(first!.document!.attributes['title']).toBe('Red running shoe 3')
    const [passage] = first!.passages!
    const [start, end] = passage!.marks[0]!
    expect(passage!.text.slice(start, end)).toBe('Red')
    expect(first!.explanation!.score).toBeCloseTo(first!.score, 6)
  })

  test('A newer statement replaces, an older one changes nothing', async () => {
    await drop([shoe(3, { title: 'Blue boot' })])
    expect(idsOf(await search('boot'))).toEqual(['shoe-3'])
    await drop([{ ...shoe(3, { title: 'Green sandal' }), timeMs: START_MS - DAY_MS }])
    // Both became knowable when they arrived: the later arrival holds.
    expect(idsOf(await search('sandal'))).toEqual(['shoe-3'])
    expect(idsOf(await search('boot'))).toEqual([])
  })

  test('A document that is gone is not found, until a newer statement', async () => {
    await drop([shoe(5, { gone: true })])
    expect(idsOf(await search('shoe', { limit: 50 }))).not.toContain('shoe-5')
    await drop([shoe(5)])
    expect(idsOf(await search('shoe', { limit: 50 }))).toContain('shoe-5')
  })

  test('A rebuild is accepted when a week has passed', async () => {
    const rebuild = (timeMs: number) =>
      invoke('rebuild-index', { scene: 'feed', scheduledTime: isoSeconds(timeMs) })
    expect(await rebuild(START_MS + DAY_MS)).toMatchObject({ result: 'not due' })
    const before = await search('red shoe', { limit: 50 })
    expect(await rebuild(START_MS + 8 * DAY_MS)).toMatchObject({
      ...{ result: 'accepted', live: 20 },
      reason: expect.stringMatching(/overlap 100\.0 % on 20 queries/),
    })
    const after = await search('red shoe', { limit: 50 })
    expect(after.generation).not.toBe(before.generation)
    expect(after.hits).toEqual(before.hits)
    await drop([shoe(77, { title: 'Yellow slipper' })])
    expect(idsOf(await search('slipper'))).toEqual(['shoe-77'])
  })

  test('The page searches, and names what is wrong with a query', async () => {
    const html = await (await fetch(`${cloud.url}/`)).text()
    expect(html).toContain('id="query"')
    const ask = (query: string) =>
      fetch(`${cloud.url}/_quartermaster/search.json?${new URLSearchParams({ query })}`)
    expect(await (await ask('slipper')).json()).toMatchObject({ total: 1 })
    const long = await ask('a'.repeat(10_001))
    expect(long.status).toBe(400)
    expect(await long.json()).toMatchObject({ error: expect.stringMatching(/10001 characters/) })
  })

  test('Nothing failed, and no drop is left', () => {
    expect(cloud.deadLetters()).toBe(0)
    const { failures } = cloud.usage.stages()['index-drop']!
    expect(failures).toBe(0)
  })
})
