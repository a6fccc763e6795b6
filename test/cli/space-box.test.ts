import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { openSpaceBox, type SpaceBox } from '../../cdk/cli/page/space.ts'
import {
  categoryOf,
  generationOf,
  POPULAR,
  pseudonymOf,
  recallWorld,
} from '../reader/recall-world.ts'

const TIME_MS = Date.UTC(2026, 0, 5, 9)
let box: SpaceBox
afterEach(() => box.close())

type World = Awaited<ReturnType<typeof recallWorld>>
function open(world: World, loadPseudonyms = async () => pseudonymOf) {
  const { models, registry, online } = world
  // The box asks the clock for the time alone.
  const clock = { now: () => TIME_MS } as Parameters<typeof openSpaceBox>[0]['cloud']['clock']
  box = openSpaceBox({ cloud: { models, registry, online, clock }, scene: 'feed', loadPseudonyms })
  return (query: string) =>
    new Promise<{ status: number; body: Record<string, unknown> }>((resolve) => {
      let status = 0
      const response = {
        writeHead: (code: number) => {
          status = code
        },
        end: (text: string) => resolve({ status, body: JSON.parse(text) }),
      }
      const url = new URL(`http://localhost/_quartermaster/space.json?${query}`)
      box.answer({} as IncomingMessage, response as unknown as ServerResponse, url)
    })
}

describe('the box of the space on the page', () => {
  test('An item has its ten neighbours in the served space', async () => {
    const world = await recallWorld(2)
    const ask = open(world)
    const { status, body } = await ask('item=+i00+')
    expect(status).toBe(200)
    expect(body).toMatchObject({ item: 'i00', generation: generationOf(1), isPlaced: false })
    const neighbours = body['neighbours'] as { item: string; score: number }[]
    expect(neighbours).toHaveLength(10)
    expect(neighbours.slice(0, 9).map(({ item }) => categoryOf(item))).toEqual(Array(9).fill(0))
    // A flip is seen by the next question.
    await world.flip(2)
    expect((await ask('item=i00')).body['generation']).toBe(generationOf(2))
  })

  test('An unknown item gets a sentence that says why', async () => {
    const { status, body } = await open(await recallWorld())('item=%3Cb%3E')
    expect(status).toBe(404)
    expect(body['error']).toMatch(/^the served space has no item <b>: it has neither an event nor/)
  })

  test('A user gets a list with the ranks of each source', async () => {
    const world = await recallWorld()
    const { body } = await open(world)('user=u0')
    const items = body['items'] as { item: string; ranks: Record<string, number> }[]
    expect(items).toHaveLength(20)
    expect(items.find(({ item }) => item === 'l0')!.ranks).toEqual({ list: 1 })
    expect(body).toMatchObject({ user: 'u0', isKnown: true, generation: generationOf(1) })
    box.close()
    const hash = 'ab'.repeat(16)
    const asked: string[] = []
    const askHashed = open(world, async () => (user) => {
      asked.push(user)
      return user
    })
    expect((await askHashed(`user=${hash}`)).body).toMatchObject({ isKnown: false })
    expect(asked).not.toContain(hash)
  })

  test('Popular items are suggested', async () => {
    const { body } = await open(await recallWorld())('')
    expect(body['suggestions']).toEqual(POPULAR)
  })

  test('Before the first space the box says what is waited for', async () => {
    const world = await recallWorld()
    await world.prepare(2)
    await world.flip(2)
    const { status, body } = await open(world)('item=i00')
    expect(status).toBe(404)
    expect(body['error']).toBe(
      'scene feed: the served release has no space; nothing was recalled. The first space is trained after the first day that is closed.',
    )
  })

  test('A fault is answered, and the next question tries again', async () => {
    const world = await recallWorld()
    let isDown = true
    const ask = open(world, async () => {
      if (isDown) throw new Error('the secret is away')
      return pseudonymOf
    })
    expect(await ask('user=u0')).toEqual({ status: 500, body: { error: 'the secret is away' } })
    isDown = false
    expect((await ask('user=u0')).status).toBe(200)
  })
})
