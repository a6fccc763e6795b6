import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { readmeBlock } from '../readme/blocks.ts'
import { excerptOf } from '../readme/excerpt.ts'
import { openFeed, rank } from './example.ts'
import { openServedEndpoint, SETTINGS } from './served-endpoint.ts'

const NOW_MS = Date.UTC(2026, 0, 5, 12)
let cloud: Awaited<ReturnType<typeof openServedEndpoint>>

beforeAll(async () => {
  cloud = await openServedEndpoint(NOW_MS)
  for (const [name, value] of Object.entries(cloud.clients)) vi.stubEnv(name, value)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await cloud?.close()
})

describe('The online service example', () => {
  test('The example ranks by release and online values, importing by package name', async () => {
    const feed = await openFeed(SETTINGS)
    expect(feed.served()).toEqual({ sequence: 1, version: 'v1' })
    const { release, slate } = await rank(feed, 'person-1', ['i1', 'i2'], NOW_MS)
    expect(release).toBe('v1')
    expect(slate.map(({ item }) => item).sort()).toEqual(['i1', 'i2'])
    feed.close()
  })

  test('The README shows the example as it is', () => {
    const text = readFileSync(join(import.meta.dirname, 'example.ts'), 'utf8')
    expect(text).toMatch(excerptOf(readmeBlock('Serve', 'scoreSlate')))
  })

  test('The example is found by its name in package.json', () => {
    const root = join(import.meta.dirname, '..', '..')
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(readFileSync(join(root, exports['./reader']), 'utf8')).toContain('function openReader')
  })
})
