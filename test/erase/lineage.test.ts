import { describe, expect, test } from 'vitest'
import { readParquet } from '../../functions/core/parquet.ts'
import { erasureOf } from '../../functions/erase/person.ts'
import { readLineage } from '../../functions/release/lineage.ts'
import { eraseIn, grow, PERSON } from '../make/erase-chain.ts'
import { makeVersion } from '../make/lineage.ts'

describe('The lineage after an erasure', () => {
  test('Exactly the versions that pinned samples of the person are marked', async () => {
    const world = await grow()
    const manifests = world.chain.map((_, n) => world.manifestOf(n))
    const learned: string[] = []
    for (const { version, sets } of manifests) {
      const files = sets.flatMap((set) => set.files)
      const rows = await Promise.all(
        files.map(async ({ key }) => readParquet<{ user: string }>(await world.lake.get(key))),
      )
      if (rows.flat().some(({ user }) => user === PERSON)) learned.push(version)
    }
    expect(learned.length).toBeGreaterThan(1)
    const { removed } = await eraseIn(world, PERSON)
    const marks = await world.registry.erasedVersions()
    expect(marks.map(({ version }) => version).sort()).toEqual(learned.sort())
    expect(new Set(marks.map(({ erasure }) => erasure))).toEqual(
      new Set([erasureOf({ scene: 'feed', user: PERSON })]),
    )
    expect(removed['lineage']!.rows).toBe(learned.length)
  })

  test('A child inherits the mark, and a new full has none', async () => {
    const world = await grow()
    const last = world.chain.at(-1)!.version
    await eraseIn(world, PERSON)
    const child = makeVersion(8, { parent: last })
    const full = makeVersion(9, { tier: 'full' })
    for (const row of [child, full]) await world.registry.register(row)
    const lineOf = async (version: string) =>
      (await readLineage(world.registry, { version })).chain[0]!
    expect(await lineOf(child.version)).toMatchObject({ erased: 'inherited' })
    expect(await lineOf(world.chain[0]!.version)).toMatchObject({ erased: 'learned' })
    expect(await lineOf(full.version)).not.toHaveProperty('erased')
  })
})
