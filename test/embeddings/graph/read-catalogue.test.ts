import { describe, expect, test } from 'vitest'
import { readCatalogue } from '../../../functions/embeddings/graph/read-catalogue.ts'
import { DAY0_MS } from '../../make/events.ts'
import { memoryObjects } from '../../make/memory-objects.ts'
import { putStatements } from '../../make/statements.ts'

const stated = (id: string, colour: string) => ({ id, timeMs: DAY0_MS, attributes: { colour } })
const coloursBy = (lake: ReturnType<typeof memoryObjects>, byMs: number) =>
  readCatalogue(lake, 'feed', 'items', byMs, ({ attributes }) => attributes['colour'] ?? null)

describe('the catalogue of a graph', () => {
  test('The newest statement that was known by then holds', async () => {
    const lake = memoryObjects('lake')
    await putStatements(lake, 'items', DAY0_MS + 2, [stated('b', 'green'), stated('a', 'blue')])
    await putStatements(lake, 'items', DAY0_MS + 1, [stated('b', 'red'), stated('b', 'pink')])
    await putStatements(lake, 'items', DAY0_MS + 3, [
      { ...stated('b', 'late'), timeMs: DAY0_MS + 9 },
    ])
    expect(await coloursBy(lake, DAY0_MS)).toEqual([])
    expect(await coloursBy(lake, DAY0_MS + 1)).toEqual([{ id: 'b', kept: 'pink' }])
    expect(await coloursBy(lake, DAY0_MS + 8)).toEqual([
      { id: 'a', kept: 'blue' },
      { id: 'b', kept: 'green' },
    ])
    expect((await coloursBy(lake, DAY0_MS + 9))[1]).toEqual({ id: 'b', kept: 'late' })
  })

  test('A drop without its manifest is not there', async () => {
    const lake = memoryObjects('lake')
    const manifest = await putStatements(lake, 'items', DAY0_MS, [stated('a', 'red')])
    await lake.delete(manifest)
    expect(await coloursBy(lake, DAY0_MS)).toEqual([])
  })

  test('Long texts are cut between characters, and entities can be left out', async () => {
    const lake = memoryObjects('lake')
    const long = { id: 'a', timeMs: DAY0_MS, title: 'A', text: `${'x'.repeat(8191)}😀` }
    const none = { id: 'b', timeMs: DAY0_MS, text: '' }
    await putStatements(lake, 'documents', DAY0_MS, [long, none])
    const read = await readCatalogue(lake, 'feed', 'documents', DAY0_MS, ({ title, text }) =>
      text === '' ? null : { title, text },
    )
    expect(read).toEqual([{ id: 'a', kept: { title: 'A', text: `${'x'.repeat(8191)}\ufffd` } }])
  })
})
