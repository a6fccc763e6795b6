import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cloud, startCloud } from '../../cdk/local/cloud.ts'
import { cleanEventsPrefix } from '../../functions/contract/keys.ts'
import { HOUR_MS, isoSeconds } from '../../functions/contract/time.ts'
import { readParquet } from '../../functions/core/parquet.ts'
import { AS_BY_COMMAND, synthesize } from '../cdk/synthesized.ts'
import { temporaryFolder } from '../cdk/temporary-folder.ts'
import { operate } from '../system/operate.ts'

const drop = readFileSync(join(import.meta.dirname, '..', 'events', 'drop.jsonl'))
const RAW = 'reader-0@example.com'
const START = Date.parse('2026-01-05T11:00:00Z')

let cloud: Cloud
beforeAll(async () => {
  const assembly = synthesize({
    scenes: 'feed',
    ...AS_BY_COMMAND,
  })
  cloud = await startCloud({ assembly, root: temporaryFolder(), startMs: START, seed: 1 })
  await cloud.raw.put('raw/feed/events/drop.jsonl', drop)
  await cloud.clock.advanceTo(START + 4 * HOUR_MS)
})
afterAll(() => cloud?.close())

async function usersOf(): Promise<string[]> {
  const users: string[] = []
  for (const { key } of await cloud.lake.list(cleanEventsPrefix('feed')))
    for (const { user } of await readParquet<{ user: string }>(await cloud.lake.get(key)))
      users.push(user)
  return users
}
const at = (): string[] => ['--at', isoSeconds(cloud.clock.now())]

describe('npm run erase on the local cloud', () => {
  test('A person leaves every bucket and table by the raw id', async () => {
    const before = await usersOf()
    const { code, out, err } = await operate(cloud, 'erase', '--user', RAW, ...at(), '--json')
    expect(err).toBe('')
    expect(code).toBe(0)
    const { scenes } = JSON.parse(out)
    expect(scenes).toMatchObject([{ scene: 'feed', status: 'erased', leftovers: { count: 0 } }])
    expect(scenes[0].removed['clean events'].rows).toBeGreaterThan(0)
    expect(scenes[0].removed.online.deleted).toBeGreaterThan(0)
    const after = await usersOf()
    expect(after.length).toBe(before.length - scenes[0].removed['clean events'].rows)
    expect(new Set(after).size).toBe(new Set(before).size - 1)
  })

  test('Many small calls answer with progress, and then with the account', async () => {
    const [user] = await usersOf()
    const small = ['--scene', 'feed', '--hash', user!, '--objects', '20']
    const { code, out, err } = await operate(cloud, 'erase', ...small, ...at())
    expect(code).toBe(0)
    expect(err).toMatch(/^feed: round 1, .* rows removed so far, at /)
    expect(out).toMatch(/^feed: erased, erasure [0-9a-f]{32} of 2026-01-05/)
    expect(out).toContain('found nothing of the person')
    expect(out).toContain('raw records may name the person until 2026-01-19')
  })

  test('A person is named by one of two flags, in one sentence', async () => {
    const neither = await operate(cloud, 'erase')
    expect(neither).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^expected either --user/),
    })
    const lone = await operate(cloud, 'erase', '--hash', 'ab'.repeat(16))
    expect(lone.err).toBe('--hash needs --scene: each scene has another hash\n')
  })
})
