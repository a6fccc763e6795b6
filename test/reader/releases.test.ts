import { describe, expect, test } from 'vitest'
import {
  CURRENT_SK,
  RELEASE_SK,
  releaseRowSchema,
  scenePk,
} from '../../functions/contract/registry.ts'
import { NothingServed } from '../../functions/reader/reader.ts'
import { scoredBy, watched } from './scored-by.ts'
import { manualTimer, servedReleases } from './served-releases.ts'

type World = ReturnType<typeof servedReleases>

describe('A flip', () => {
  test('A flip is served at the next look, which the timer starts', async () => {
    const world = servedReleases()
    await world.prepare(1)
    await world.prepare(2)
    await world.flip(1)
    const clock = manualTimer()
    const reader = await world.open({ timer: clock.timer, pollMs: 4321 })
    expect(reader.served()).toEqual({ sequence: 1, version: 'v1' })
    await world.flip(2)
    expect(await scoredBy(reader)).toBe(1)
    await clock.goOff()
    expect(await scoredBy(reader)).toBe(2)
    expect(clock.waits).toEqual([4321, 4321])
    reader.close()
    expect(clock.isSet()).toBe(false)
    expect(world.faults).toEqual([])
  })

  test('A flip with the wrong release is not served; serving continues', async () => {
    const world = servedReleases()
    await world.prepare(1)
    await world.prepare(2)
    await world.flip(1)
    const reader = await world.open()
    const pk = scenePk('feed')
    const current = (await world.registry.get(pk, CURRENT_SK))!
    await world.registry.put(pk, CURRENT_SK, { ...current, sequence: 2, version: 'v1' })
    await reader.refresh()
    expect(await scoredBy(reader)).toBe(1)
    expect(String(world.faults[0])).toMatch(
      /release 2 of feed: got v2, expected v1, which CURRENT names/,
    )
  })

  test('A look without a change costs one read, of CURRENT', async () => {
    const world = servedReleases()
    await world.prepare(1)
    await world.flip(1)
    const reads: string[] = []
    const get: typeof world.registry.get = (pk, sk) => {
      reads.push(sk)
      return world.registry.get(pk, sk)
    }
    const reader = await world.open({ registry: { ...world.registry, get } })
    expect(reads).toEqual([CURRENT_SK, `${RELEASE_SK}00000001`])
    await reader.refresh()
    expect(reads.slice(2)).toEqual([CURRENT_SK])
  })

  test('The old release stays in service while the new one loads', async () => {
    const world = servedReleases()
    await world.prepare(1)
    await world.prepare(2)
    await world.flip(1)
    const slow = watched(world.models)
    const reader = await world.open({ models: slow.models })
    await world.flip(2)
    slow.hold()
    const looking = reader.refresh()
    expect(await scoredBy(reader)).toBe(1)
    await new Promise(setImmediate)
    expect(slow.gets).toHaveLength(2)
    expect(await scoredBy(reader)).toBe(1)
    slow.letGo()
    await looking
    expect(await scoredBy(reader)).toBe(2)
  })

  test('A flip back needs no deployment; unused models are not kept', async () => {
    const world = servedReleases()
    for (const sequence of [1, 2]) await world.prepare(sequence)
    const { models, gets } = watched(world.models)
    await world.flip(1)
    const reader = await world.open({ models })
    for (const sequence of [2, 1, 1]) {
      await world.flip(sequence)
      await reader.refresh()
      expect(await scoredBy(reader)).toBe(sequence)
    }
    expect(gets.map((key) => key.split('/')[2])).toEqual(['v1', 'v2', 'v1'])
  })

  test('A flip along an hourly chain reads the base once', async () => {
    const world = servedReleases()
    await world.prepare(1)
    for (const sequence of [2, 3, 4]) await world.prepare(sequence, 1)
    const { models, gets } = watched(world.models)
    await world.flip(2)
    const reader = await world.open({ models })
    for (const sequence of [3, 4, 1]) {
      await world.flip(sequence)
      await reader.refresh()
      expect(await scoredBy(reader)).toBe(sequence)
    }
    expect(gets.map((key) => key.split('/')[2])).toEqual(['v1', 'v2', 'v3', 'v4'])
    expect(world.faults).toEqual([])
  })
})

describe('A release that cannot load', () => {
  test.each([
    [
      'is cut off',
      async (world: World) => world.spoil(2),
      /got SHA-256 .* expected .* as released/,
    ],
    ['is missing', async (world: World) => void world.models.contents.clear(), /no object/],
    [
      'is no row',
      (world: World) => world.registry.put('SCENE#feed', `${RELEASE_SK}00000002`, { a: 1 }),
      /loading release 2 of feed/,
    ],
    [
      'is a delta upon another base',
      async (world: World) => {
        await world.prepare(3)
        await world.prepare(2, 3)
        const sk = `${RELEASE_SK}00000002`
        const row = releaseRowSchema.parse(await world.registry.get('SCENE#feed', sk))
        row.parts['model']!.base = null
        await world.registry.put('SCENE#feed', sk, row)
      },
      /model v2: got the base none, expected v3/,
    ],
    [
      'has no model among its parts',
      async (world: World) => {
        const sk = `${RELEASE_SK}00000002`
        const row = await world.registry.get('SCENE#feed', sk)
        await world.registry.put('SCENE#feed', sk, { ...row, parts: {} })
      },
      /the release has no part model, which this reader needs/,
    ],
  ])('A release that %s is reported, and served once repaired', async (_, spoil, reason) => {
    const world = servedReleases()
    for (const sequence of [1, 2]) await world.prepare(sequence)
    await world.flip(1)
    const reader = await world.open()
    await spoil(world)
    await world.flip(2)
    await reader.refresh()
    expect(await scoredBy(reader)).toBe(1)
    expect(world.faults).toEqual([expect.stringMatching(reason)])
    await world.prepare(2)
    await reader.refresh()
    expect(await scoredBy(reader)).toBe(2)
  })

  test('A release that cannot load is retried less and less often', async () => {
    const world = servedReleases()
    await world.prepare(1)
    await world.flip(1)
    const reader = await world.open()
    world.spoil(1)
    await world.flip(2)
    const tried: number[] = []
    for (let look = 1; look <= 40; look++) {
      const before = world.faults.length
      await reader.refresh()
      if (world.faults.length > before) tried.push(look)
    }
    expect(tried).toEqual([1, 2, 4, 8, 16, 32])
  })

  test('A broken first release serves nothing until a later look succeeds', async () => {
    const world = servedReleases()
    await world.prepare(1)
    await world.flip(1)
    world.spoil(1)
    const reader = await world.open()
    expect(reader.served()).toBeNull()
    await expect(scoredBy(reader)).rejects.toThrow(NothingServed)
    await world.prepare(1)
    await reader.refresh()
    expect(await scoredBy(reader)).toBe(1)
  })

  test('A flip to nothing takes effect at the next look', async () => {
    const world = servedReleases()
    await world.prepare(1)
    await world.prepare(2)
    await world.flip(1, { sequence: 2 })
    const reader = await world.open()
    expect(await scoredBy(reader)).toBe(1)
    await world.withdraw(1)
    expect(await scoredBy(reader)).toBe(1)
    await reader.refresh()
    expect(reader.served()).toBeNull()
    await expect(scoredBy(reader)).rejects.toThrow(/no release of feed is served/)
    await world.flip(2)
    await reader.refresh()
    expect(await scoredBy(reader)).toBe(2)
    expect(world.faults).toEqual([])
  })

  test('A registry that does not answer changes nothing', async () => {
    const world = servedReleases()
    await world.prepare(1)
    await world.flip(1)
    let isDown = false
    const registry: typeof world.registry = {
      ...world.registry,
      get: async (pk, sk) => {
        if (isDown) throw new Error('throttled')
        return world.registry.get(pk, sk)
      },
    }
    const reader = await world.open({ registry })
    isDown = true
    await reader.refresh()
    expect(await scoredBy(reader)).toBe(1)
    expect(world.faults).toEqual(['reading CURRENT of feed: throttled'])
  })
})
