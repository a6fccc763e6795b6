import { describe, expect, test } from 'vitest'
import { unitInterval } from '../../functions/math/hash.ts'
import { scoredBy, watched } from './scored-by.ts'
import { servedReleases } from './served-releases.ts'

describe('A canary release', () => {
  const people = Array.from({ length: 400 }, (_, n) => `p${n}`)
  const inTrial = (user: string, share: number, seed: number): boolean =>
    unitInterval(`hash of ${user}`, seed) < share
  const canaryWorld = async () => {
    const world = servedReleases()
    for (const sequence of [1, 2, 3]) await world.prepare(sequence)
    return world
  }

  test('A canary serves users below its share, by hash of pseudonym', async () => {
    const world = await canaryWorld()
    await world.flip(1, { sequence: 2, share: 0.2, seed: 7 })
    const reader = await world.open()
    let tried = 0
    for (const user of people) {
      const isTried = inTrial(user, 0.2, 7)
      if (isTried) tried++
      expect(await scoredBy(reader, user)).toBe(isTried ? 2 : 1)
    }
    // Five standard deviations of a binomial of 400 at 0.2.
    expect(Math.abs(tried - 80)).toBeLessThan(40)
    expect(reader.served()).toEqual({ sequence: 1, version: 'v1' })
  })

  test('A canary widens and ends without another model read', async () => {
    const world = await canaryWorld()
    const { models, gets } = watched(world.models)
    await world.flip(1, { sequence: 2, share: 0.2, seed: 7 })
    const reader = await world.open({ models })
    const tried = people.find((user) => inTrial(user, 0.2, 7))!
    const later = people.find((user) => !inTrial(user, 0.2, 7) && inTrial(user, 0.6, 7))!
    expect(await scoredBy(reader, later)).toBe(1)
    await world.flip(1, { sequence: 2, share: 0.6, seed: 7 })
    await reader.refresh()
    expect(await scoredBy(reader, later)).toBe(2)
    await world.flip(1)
    await reader.refresh()
    expect(await scoredBy(reader, tried)).toBe(1)
    await world.flip(1, { sequence: 2, share: 0.2, seed: 7 })
    await reader.refresh()
    await world.flip(2)
    await reader.refresh()
    expect(await scoredBy(reader, later)).toBe(2)
    expect(gets.map((key) => key.split('/')[2])).toEqual(['v1', 'v2', 'v2'])
  })

  test('A canary that cannot load is tried on no user', async () => {
    const world = await canaryWorld()
    await world.flip(1)
    const reader = await world.open()
    world.spoil(2)
    await world.flip(1, { sequence: 2, share: 0.99 })
    await reader.refresh()
    for (const user of people.slice(0, 20)) expect(await scoredBy(reader, user)).toBe(1)
    expect(world.faults).toHaveLength(1)
  })

  test('A canary is withdrawn even while the next release cannot load', async () => {
    const world = await canaryWorld()
    await world.flip(1, { sequence: 2, share: 0.99 })
    const reader = await world.open()
    const tried = people.find((user) => inTrial(user, 0.99, 1))!
    expect(await scoredBy(reader, tried)).toBe(2)
    world.spoil(3)
    await world.flip(3)
    await reader.refresh()
    expect(await scoredBy(reader, tried)).toBe(1)
  })
})
