import { describe, expect, test } from 'vitest'
import { createdEndpoints, openSearchSchema } from '../../../functions/contract/search-server.ts'
import { addressOf } from '../../../functions/search-index/opensearch/server-address.ts'

const ENDPOINTS = createdEndpoints.parse(
  '{"shop":"https://search-shop.eu-west-1.es.amazonaws.com","news":"https://x1.eu-west-1.aoss.amazonaws.com"}',
)
const addressIn = (scene: string, openSearch: object) =>
  addressOf(scene, openSearchSchema.parse(openSearch), ENDPOINTS)

describe('The address of a server', () => {
  test('A created server has its endpoint and the signature of its kind', () => {
    expect(addressIn('shop', { create: 'domain' })).toEqual({
      ...{ endpoint: 'https://search-shop.eu-west-1.es.amazonaws.com', access: 'es' },
    })
    expect(addressIn('news', { create: 'collection' })).toEqual({
      ...{ endpoint: 'https://x1.eu-west-1.aoss.amazonaws.com', access: 'aoss' },
    })
  })

  test('A server of the user is where its scene says', () => {
    const own = { endpoint: 'http://localhost:9200', access: 'none' }
    expect(addressIn('shop', own)).toMatchObject(own)
  })

  test('A created server without an endpoint is refused with its scene', () => {
    expect(() => addressIn('feed', { create: 'domain' })).toThrow(
      'scene feed: expected the endpoint of its created domain, got none; deploy again, and the drop is delivered again',
    )
  })

  test.each(['', 'shop', '{"shop":"shop"}', '{"shop":"http://a.example"}', '[]'])(
    'The variable %s is no list of endpoints',
    (text) => {
      expect(createdEndpoints.safeParse(text).success).toBe(false)
    },
  )
})
