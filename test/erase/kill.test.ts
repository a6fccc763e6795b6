import { describe, expect, test } from 'vitest'
import { contentsOf, erase, failing } from '../make/erase-runs.ts'
import { makeEraseWorld } from '../make/erase-world.ts'

/** A third of the writes are killed before they are made, and another third after it. */
const STRIDE = 3

describe('An erasure that is killed', () => {
  test.each([
    ['before it is made', false],
    ['after it is made', true],
  ] as const)('A kill at a write changes no end and no account: %s', async (_when, isAfter) => {
    const once = failing(await makeEraseWorld(), -1, false)
    const { n: _, ...row } = await erase(once.world)
    const contents = contentsOf(once.world)
    for (let nth = isAfter ? 2 : 1; nth <= once.writes(); nth += STRIDE) {
      const killed = failing(await makeEraseWorld(), nth, isAfter)
      await expect(erase(killed.world)).rejects.toThrow('killed')
      const { n: _n, ...resumed } = await erase(killed.world)
      expect(resumed, `killed at write ${nth}`).toEqual(row)
      expect(contentsOf(killed.world), `killed at write ${nth}`).toEqual(contents)
    }
    expect(once.writes()).toBeGreaterThan(60)
  })
})
