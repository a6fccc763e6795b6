import fc from 'fast-check'
import { parseHTML } from 'linkedom'
import { describe, expect, test } from 'vitest'
import { drawNeighbourhood } from '../../cdk/cli/page/neighbourhood.ts'
import type {
  GraphEntity,
  RelatedValue,
  RelatedValues,
} from '../../functions/reader/graph-entity.ts'
import { findBarriers } from '../report/accessibility.ts'

const related = (value: string | number, more: Partial<RelatedValue> = {}): RelatedValue => ({
  ...{ value, isEntity: typeof value === 'string', confidence: 0.9, sourceCount: 1 },
  ...{ sources: ['source'], ...more },
})
const entity = (more: Partial<GraphEntity> = {}): GraphEntity => ({
  ...{ id: 'item:i1', kind: 'item', name: 'Red sofa', facts: {}, incoming: {}, generation: 'g' },
  ...more,
})
const drawn = (of: GraphEntity) => {
  const markup = drawNeighbourhood(of)
  return { markup, document: parseHTML(`<html><body>${markup}</body></html>`).document }
}

describe('the neighbourhood of an entity', () => {
  test('Each edge has its confidence, its sources and a link', () => {
    const { document } = drawn(
      entity({
        facts: {
          'has-brand': {
            values: [
              related('brand:acme', { confidence: 0.5, sourceCount: 3, sources: ['s1', 's2'] }),
            ],
            leftOut: 0,
          },
          width: { values: [related(1.5, { unit: 'm' })], leftOut: 0 },
        },
        incoming: { broader: { values: [related('item:i2')], leftOut: 4 } },
      }),
    )
    const edges = [...document.querySelectorAll('svg g')]
    expect(edges.map((edge) => edge.querySelector('title')!.textContent)).toEqual([
      'broader item:i2, confidence 0.90, 1 source: source',
      'has-brand brand:acme, confidence 0.50, 3 sources: s1, s2, …',
      'width 1.5 m, confidence 0.90, 1 source: source',
    ])
    const links = [...document.querySelectorAll('svg a')]
    expect(links.map((link) => link.getAttribute('data-entity'))).toEqual(['item:i2', 'brand:acme'])
    expect(document.querySelector('svg')!.textContent).toMatch(/4 more.*0\.50 · 3/s)
  })

  test('A table has every fact that the row has', () => {
    const values = Array.from({ length: 40 }, (_, n) => related(`item:i${n}`))
    const { document } = drawn(entity({ facts: { broader: { values, leftOut: 2 } } }))
    expect(document.querySelectorAll('tbody tr')).toHaveLength(40)
    expect(document.querySelectorAll('svg g')).toHaveLength(16)
    expect(document.querySelector('svg')!.textContent).toContain('26 more')
  })

  test('Text of entities is never markup', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('<script>', '"><b onclick=x>', "'&amp;"))
    const side = fc.dictionary(
      text,
      fc.record({
        values: fc.array(
          text.map((value) => related(value, { sources: [value] })),
          { maxLength: 3 },
        ),
        leftOut: fc.nat(3),
      }),
      { maxKeys: 3 },
    ) as fc.Arbitrary<Record<string, RelatedValues>>
    const property = fc.property(text, text, side, side, (id, name, facts, incoming) => {
      const { document } = drawn(entity({ id, name, facts, incoming }))
      const tags = new Set([...document.querySelectorAll('body *')].map(({ tagName }) => tagName))
      for (const tag of ['SCRIPT', 'B', 'script', 'b']) expect(tags).not.toContain(tag)
      expect(document.querySelector('[onclick]')).toBeNull()
      const shown = Object.values({ ...facts }).reduce((sum, { values }) => sum + values.length, 0)
      const others = Object.values({ ...incoming }).reduce(
        (sum, { values }) => sum + values.length,
        0,
      )
      expect(document.querySelectorAll('tbody tr')).toHaveLength(shown + others)
    })
    fc.assert(property, { numRuns: 100 })
  })

  test('The figure has no barrier for readers who cannot see it', () => {
    const facts = { broader: { values: [related('item:i2')], leftOut: 0 } }
    const page = `<html lang="en"><head><title>t</title><meta name="viewport" content="w"></head><body><main><h1>t</h1>${drawNeighbourhood(entity({ facts }))}</main></body></html>`
    expect(findBarriers(page)).toEqual([])
    expect(page).toContain('aria-label="The neighbourhood of item:i1"')
    expect(page).toContain('<summary>All of it as a table</summary>')
  })

  test('An entity without a name is shown by its id', () => {
    const { document } = drawn(entity({ name: null, id: `item:${'x'.repeat(80)}` }))
    const [title] = [...document.querySelectorAll('svg > text')]
    expect(title!.textContent).toMatch(/^item:x{20}…$/)
  })
})
