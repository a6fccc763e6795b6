import { describe, expect, test } from 'vitest'
import { answerSearch } from '../../functions/reader/answer-search.ts'
import { passagesWorld } from './passages-world.ts'

describe('the search function', () => {
  const ask = async (body: object) => {
    const reader = await (await passagesWorld()).open()
    const event = { requestContext: { http: { method: 'POST' } }, body: JSON.stringify(body) }
    const { statusCode, body: text } = (await answerSearch(() => reader, event)) as {
      statusCode: number
      body: string
    }
    return { statusCode, body: JSON.parse(text) }
  }
  const question = { scene: 'feed', query: 'desk lamp', retrieve: true }

  test('A request with retrieve gets passages', async () => {
    const { statusCode, body } = await ask({
      ...question,
      limit: 1,
      filters: { document: ['lamps'] },
    })
    expect(statusCode).toBe(200)
    expect(body).toMatchObject({ passages: [{ id: 'lamps-1' }], generations: {}, snapshot: 1 })
  })

  test('What passages do not take is refused by name', async () => {
    expect(await ask({ ...question, facets: ['document'] })).toEqual({
      statusCode: 400,
      body: { error: 'retrieve: got facets beside it, expected only limit and filters' },
    })
  })
})
