import { describe, expect, test } from 'vitest'
import { contextNeeds } from '../../functions/contract/feature-checks.ts'
import { type Feature, featureSchema } from '../../functions/contract/features.ts'
import { sceneSchema } from '../../functions/contract/scene.ts'
import { makeScene } from '../make/scene.ts'

const scene = makeScene()
const counted = { entity: 'item', windowHours: 24 }
const prior = { priorRate: 0.1, priorStrength: 10 }
const price = { name: 'price', kind: 'number', of: 'item.price' }
const brand = { name: 'brand', kind: 'category', of: 'item.brand' }

/** The first thing that is wrong with a scene that has these features, as `path: message`. */
function flawOf(features: object[], others: object = {}): string | null {
  const { error } = sceneSchema.safeParse({ ...scene, ...others, features })
  const [issue] = error?.issues ?? []
  return issue ? `${issue.path.join('.')}: ${issue.message}` : null
}

describe('The features of a scene', () => {
  test.each([
    ['count', { event: 'like' }, 'event: "like" is neither impression nor an outcome'],
    [
      'rate',
      { outcome: 'impression', ...prior },
      'outcome: "impression" is not one of the outcomes',
    ],
    ['ratio', { event: 'click', per: 'like', ...prior }, 'per: "like" is neither'],
    ['sum', { event: 'like' }, 'event: "like" is neither'],
    ['sum', { event: 'impression' }, 'of: an impression has no value'],
    ['mean', { event: 'click', of: 'item.id' }, 'of: "item.id" is no number'],
    ['decayed-count', { event: 'like', halfLifeHours: 6 }, 'event: "like" is neither'],
    ['decayed-rate', { outcome: 'like', halfLifeHours: 6, ...prior }, 'outcome: "like" is not one'],
    ['recency', { event: 'like' }, 'event: "like" is neither'],
    ['last-value', { event: 'like', of: 'item.id' }, 'event: "like" is neither'],
    ['last-items', { event: 'like', length: 3 }, 'event: "like" is neither'],
    ['distinct', { event: 'like', of: 'user.id' }, 'event: "like" is neither'],
    ['quantile', { event: 'click', q: 0.5, of: 'user.id' }, 'of: "user.id" is no number'],
    ['affinity', { event: 'click', of: 'value', ...prior }, 'of: the candidate has no value yet'],
    ['frequency', { event: 'like' }, 'event: "like" is neither'],
    ['session', { event: 'like' }, 'event: "like" is neither'],
    ['count', { event: 'click', entity: 'user+user' }, 'entity: "user+user" is no pair'],
    ['count', { event: 'click', windowHours: 0 }, 'windowHours: '],
    ['count', { event: 'click', entity: 'shop' }, 'entity: user, item, user.<attribute>'],
  ])('A %s with %j names the wrong field', (kind, fields, flaw) => {
    const found = flawOf([brand, { name: 'wrong', kind, ...counted, ...fields }])
    expect(found?.startsWith(`features.1.${flaw}`), `${found}`).toBe(true)
  })

  test.each([
    [
      [{ name: 'r', kind: 'relative', of: 'price', to: 'mean' }, price],
      'features.0.of: "price" is not a numeric feature',
    ],
    [
      [brand, { name: 'r', kind: 'slate', of: 'brand', measure: 'rank' }],
      'features.1.of: "brand" is not a numeric feature',
    ],
    [
      [price, { name: 'r', kind: 'relative', of: 'price', to: 'brand' }],
      'features.1.to: "brand" is not a numeric feature',
    ],
    [
      [brand, { name: 'x', kind: 'cross', of: ['brand', 'price'] }],
      'features.1.of: "price" is not a category',
    ],
    [[price, price], 'features.1.name: "price" is defined twice'],
  ])('Parts that are no earlier features are refused: %j', (features, flaw) => {
    expect(flawOf(features)).toContain(flaw)
  })

  test('A misspelt field of a feature is refused', () => {
    const feature = { name: 'x', kind: 'count', ...counted, event: 'click' }
    expect(flawOf([{ ...feature, nearLine: false }])).toBeNull()
    expect(flawOf([{ ...feature, nearline: false }])).toMatch(/^features\.0: .*"nearline"/)
  })

  test.each([
    [undefined, 'needs the section "embeddings": it compares with the content of its items'],
    [{}, 'needs embeddings.text: without it, no item has content to compare with'],
    [
      { text: ['title'], vectorFrom: 'attributes.vector' },
      'cannot be used with embeddings.vectorFrom: a query has no vector of that model',
    ],
  ])('A content match is refused with embeddings %j', (embeddings, flaw) => {
    const feature = { name: 'content', kind: 'content-match', query: 'context.query' }
    expect(flawOf([brand, feature], { embeddings })).toBe(`features.1: ${flaw}`)
  })

  test('The query of a content match names an attribute', () => {
    const feature = { name: 'content', kind: 'content-match', query: 'impression.position' }
    expect(flawOf([feature], { embeddings: { text: ['title'] } })).toMatch(
      /^features\.0\.query: one of user\.<attribute>/,
    )
  })

  test.each([
    [undefined, {}, 'features.1: needs the section "graph": it follows its links'],
    [{}, {}, 'features.1: needs graph.links: it follows relations that are named there'],
    [
      { links: ['in-category', 'about'] },
      {},
      'features.1.relation: "has-brand" is not one of graph.links (in-category, about)',
    ],
    [
      { links: ['about'] },
      { kind: 'graph-distance', relation: undefined, relations: ['about', 'mentions'] },
      'features.1.relations: "mentions" is not one of graph.links (about)',
    ],
    [
      { links: ['has-brand'] },
      { last: 'impression' },
      'features.1.last: "impression" is not one of the outcomes',
    ],
  ])('With the graph %j, links %j are refused', (graph, fields, flaw) => {
    const feature = { name: 'link', kind: 'graph-link', last: 'click', relation: 'has-brand' }
    const { relation, ...others } = { ...feature, ...fields }
    expect(flawOf([brand, { ...others, ...(relation && { relation }) }], { graph })).toBe(flaw)
  })

  test.each([
    [undefined, 'embeddings.graph.knowledge: needs graph.links: these become edges'],
    [{}, 'embeddings.graph.knowledge: needs graph.links: these become edges'],
    [{ links: ['has-brand'] }, null],
  ])('With the graph %j, knowledge becomes edges only by links', (graph, flaw) => {
    expect(flawOf([brand], { graph, embeddings: { graph: { knowledge: true } } })).toBe(flaw)
  })

  test('Every kind of feature is accepted where it is right', () => {
    const features: object[] = [
      brand,
      price,
      { name: 'x', kind: 'cross', of: ['brand', 'brand'] },
      { name: 'count', kind: 'count', ...counted, event: 'impression' },
      { name: 'rate', kind: 'rate', ...counted, outcome: 'click', ...prior, examination: [1, 0.5] },
      { name: 'ratio', kind: 'ratio', ...counted, event: 'purchase', per: 'click', ...prior },
      { name: 'sum', kind: 'sum', ...counted, entity: 'user+item.brand', event: 'purchase' },
      {
        name: 'mean',
        kind: 'mean',
        ...counted,
        entity: 'item.category',
        event: 'impression',
        of: 'item.price',
      },
      {
        name: 'decayed_count',
        kind: 'decayed-count',
        ...counted,
        event: 'click',
        halfLifeHours: 6,
      },
      {
        name: 'decayed_rate',
        kind: 'decayed-rate',
        ...counted,
        outcome: 'click',
        halfLifeHours: 6,
        ...prior,
      },
      { name: 'recency', kind: 'recency', ...counted, event: 'click' },
      { name: 'last_value', kind: 'last-value', ...counted, event: 'click', of: 'item.category' },
      { name: 'last_items', kind: 'last-items', ...counted, event: 'click', length: 5 },
      { name: 'distinct', kind: 'distinct', ...counted, event: 'click', of: 'user.id' },
      { name: 'quantile', kind: 'quantile', ...counted, event: 'purchase', q: 0.9 },
      {
        name: 'affinity',
        kind: 'affinity',
        ...counted,
        event: 'click',
        of: 'item.category',
        ...prior,
      },
      { name: 'frequency', kind: 'frequency', ...counted, event: 'impression' },
      { name: 'session', kind: 'session', ...counted, event: 'click' },
      { name: 'age', kind: 'age', of: 'item.published' },
      { name: 'relative', kind: 'relative', of: 'price', to: 'mean' },
      { name: 'rank', kind: 'slate', of: 'relative', measure: 'rank' },
      { name: 'text_match', kind: 'text-match', query: 'context.query', text: 'item.title' },
      { name: 'fit', kind: 'space-score' },
      { name: 'content', kind: 'content-match', query: 'context.query' },
      { name: 'link', kind: 'graph-link', last: 'click', relation: 'has-brand' },
      { name: 'hops', kind: 'graph-distance', last: 'click', relations: ['has-brand'] },
      { name: 'near', kind: 'slate', of: 'hops', measure: 'rank' },
    ]
    const graph = { links: ['has-brand'] }
    expect(flawOf(features, { embeddings: { text: ['title'] }, graph })).toBeNull()
    expect(flawOf(features, { embeddings: undefined, graph })).toBe(
      'features.22: needs the section "embeddings": it scores by its space',
    )
    const kinds = new Set(featureSchema.options.map(({ shape }) => shape.kind.value))
    expect(new Set((features as Feature[]).map(({ kind }) => kind))).toEqual(kinds)
  })
})

test('What features need of contexts is listed by event and field', () => {
  const own = { entity: 'context.page+item', windowHours: 24 }
  const features = featureSchema
    .array()
    .parse([
      price,
      { ...own, name: 'rate', kind: 'rate', outcome: 'click', ...prior },
      { ...own, name: 'bought', kind: 'count', event: 'purchase', windowHours: 6 },
      { ...own, name: 'again', kind: 'count', event: 'click' },
      { ...counted, name: 'query', kind: 'last-value', event: 'click', of: 'context.query' },
      { ...counted, name: 'plain', kind: 'count', event: 'click' },
    ])
  expect(contextNeeds(features)).toEqual([
    { source: 'context.page', event: 'click', features: ['rate', 'again'] },
    { source: 'context.page', event: 'impression', features: ['rate'] },
    { source: 'context.page', event: 'purchase', features: ['bought'] },
    { source: 'context.query', event: 'click', features: ['query'] },
  ])
})

test('A feature may count outcomes by their context', () => {
  const feature = { ...counted, name: 'pairs', kind: 'count', entity: 'context.query+item' }
  expect(flawOf([{ ...feature, event: 'click' }])).toBeNull()
})
