import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { openGraphBox } from '../../cdk/cli/page/entity.ts'
import { passagesWorld } from '../reader/passages-world.ts'

type World = Awaited<ReturnType<typeof passagesWorld>>
function open({ models, registry, online }: World) {
  const answer = openGraphBox({ models, registry, online }, 'feed')
  return (query: string) =>
    new Promise<{ status: number; body: Record<string, unknown> }>((resolve) => {
      let status = 0
      const response = {
        writeHead: (code: number) => {
          status = code
        },
        end: (text: string) => resolve({ status, body: JSON.parse(text) }),
      }
      const url = new URL(`http://localhost/_quartermaster/entity.json?${query}`)
      answer({} as IncomingMessage, response as unknown as ServerResponse, url)
    })
}

describe('the box of the graph on the page', () => {
  test('An entity has its neighbourhood in the served graph', async () => {
    const world = await passagesWorld()
    const ask = open(world)
    const { status, body } = await ask('id=+thing:sofa+')
    expect(status).toBe(200)
    expect(body['about']).toBe(`thing thing:sofa (sofa of 1); graph ${world.generationOf(1)}`)
    expect(body['markup']).toMatch(
      /data-entity="thing:loveseat".*0\.70 · 1|0\.70 · 1.*data-entity/s,
    )
    // A flip is seen by the next question.
    await world.flip(2)
    expect((await ask('id=thing:sofa')).body['about']).toContain(world.generationOf(2))
  })

  test('Entities with names are suggested', async () => {
    const { body } = await open(await passagesWorld())('')
    expect(body['suggestions']).toEqual(['thing:sofa', 'thing:loveseat', 'thing:sofa-bed'])
  })

  test('An unknown entity gets a sentence that says why', async () => {
    expect(await open(await passagesWorld())('id=%3Cb%3E')).toEqual({
      status: 404,
      body: {
        error: 'the served graph has no entity <b>; expected <kind>:<name>, as item:i12',
      },
    })
  })

  test('Before the first graph the box says what is waited for', async () => {
    const ask = open(await passagesWorld({ hasGraph: false }))
    expect(await ask('id=thing:sofa')).toEqual({
      status: 404,
      body: {
        error:
          'scene feed: the served release has no graph; nothing was read. The first graph is served after the first release.',
      },
    })
    expect((await ask('')).body['error']).toBe('No served graph has an entity with a name yet.')
  })

  test('A fault is answered, and the next question tries again', async () => {
    const world = await passagesWorld()
    let isDown = true
    const get = async (pk: string, sk: string) => {
      if (isDown) throw new Error('the table is away')
      return world.online.get(pk, sk)
    }
    const ask = open({ ...world, online: { ...world.online, get } })
    expect(await ask('id=thing:sofa')).toEqual({
      status: 500,
      body: { error: 'the table is away' },
    })
    isDown = false
    expect((await ask('id=thing:sofa')).status).toBe(200)
  })
})
