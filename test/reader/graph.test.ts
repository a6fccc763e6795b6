import { describe, expect, test } from 'vitest'
import { buildDictionary } from '../../functions/graph/extract/documents/dictionary.ts'
import { expandQuery } from '../../functions/reader/entity-names.ts'
import { NAMES, passagesWorld } from './passages-world.ts'

describe('entities', () => {
  test('An entity has the row of the served generation', async () => {
    const world = await passagesWorld()
    const reader = await world.open()
    expect(await reader.entity('thing:sofa')).toMatchObject({
      ...{ id: 'thing:sofa', name: 'sofa of 1', generation: world.generationOf(1) },
      incoming: { broader: { values: [{ value: 'thing:loveseat' }], leftOut: 3 } },
    })
    await world.flip(2)
    await reader.refresh()
    expect((await reader.entity('thing:sofa'))!.name).toBe('sofa of 2')
    for (const id of ['thing:none', '', 'x'.repeat(4000)])
      expect(await reader.entity(id)).toBeNull()
  })

  test('Without a graph the error says what is missing', async () => {
    const world = await passagesWorld({ hasGraph: false })
    const reader = await world.open()
    await expect(reader.entity('thing:sofa')).rejects.toThrow(
      'scene feed: the served release has no graph; nothing was read',
    )
    await world.withdraw(1)
    await reader.refresh()
    await expect(reader.entity('thing:sofa')).rejects.toThrow('scene feed: no release is served')
  })
})

describe('names in a query', () => {
  const dictionary = buildDictionary(
    NAMES.entities.flatMap(({ names }, place) =>
      names.map((name) => ({ name, entity: String(place) })),
    ),
  )
  const expand = (query: string) => expandQuery(query, NAMES, dictionary)

  test('The longest name wins, and case and accents do not matter', () => {
    expect(expand('a SOFA-bed, please')).toEqual([{ entity: 'thing:sofa-bed', names: ['futon'] }])
    // The index may read an accent as another word: the plain name is added.
    expect(expand('a sofa béd')).toEqual([
      { entity: 'thing:sofa-bed', names: ['sofa bed', 'futon'] },
    ])
    expect(expand('a divan')).toEqual([
      { entity: 'thing:sofa', names: ['sofa', 'settee', 'loveseat'] },
    ])
    expect(expand('a loveseat')).toEqual([])
  })

  test('An entity that is named twice is expanded once', () => {
    expect(expand('sofa or settee or sofa').map(({ entity }) => entity)).toEqual(['thing:sofa'])
    expect(expand('nothing of this')).toEqual([])
  })
})
