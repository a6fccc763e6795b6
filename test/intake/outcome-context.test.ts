import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { DROP_METADATA } from '../../functions/contract/drop-metadata.ts'
import { mappingSchema } from '../../functions/contract/mapping.ts'
import { DAY0_MS } from '../make/events.ts'
import { good, takeIn } from './take-in.ts'

const clicked = (fields: object = {}): string =>
  good({ type: 'outcome', outcome: 'click', eventId: 'c1', position: undefined, ...fields })
const withQuery = (query: unknown) => clicked({ context: { query } })

describe('The context of an outcome', () => {
  test('It is kept as that of an impression', async () => {
    const context = { query: 'red sofa', device: 'phone' }
    const { rows, manifest } = await takeIn([good({ context }), clicked({ context })].join('\n'))
    expect(manifest).toMatchObject({ accepted: 2, quarantined: {} })
    const json = '{"device":"phone","query":"red sofa"}'
    expect(rows.map(({ type, context }) => [type, context])).toEqual([
      ['impression', json],
      ['outcome', json],
    ])
  })

  test.each([
    ['a list', clicked({ context: ['query'] }), 'wrong_type'],
    ['nothing', clicked({ context: null }), 'wrong_type'],
    ['a nested value', withQuery({ text: 'red' }), 'wrong_type'],
    ['a long text', withQuery('x'.repeat(16_385)), 'out_of_bounds'],
    ['an empty name', clicked({ context: { '': 'x' } }), 'out_of_bounds'],
    [
      'too many names',
      clicked({ context: Object.fromEntries(Array.from({ length: 4097 }, (_, n) => [n, 1])) }),
      'out_of_bounds',
    ],
    ['an ill-formed name', clicked({ context: { '\ud83d': 1 } }), 'ill_formed_text'],
  ])('A context of %s quarantines the outcome', async (_, line, reason) => {
    const { manifest, setAside, rows } = await takeIn([good(), line].join('\n'))
    expect(manifest).toMatchObject({ read: 2, accepted: 1, quarantined: { [reason]: 1 } })
    expect(rows.map(({ type }) => type)).toEqual(['impression'])
    expect(setAside[0]!.detail).toMatch(/^context/)
  })

  test('Ill-formed text in it is repaired and counted', async () => {
    const { manifest, rows } = await takeIn(withQuery('red \ud83d'))
    expect(manifest).toMatchObject({ accepted: 1, warnings: { ill_formed_text: 1 } })
    expect(rows[0]!.context).toBe('{"query":"red \ufffd"}')
  })

  test('It does not identify an outcome without an id', async () => {
    const lines = [undefined, { query: 'red' }, { query: 'blue' }].map((context) =>
      clicked({ eventId: undefined, context }),
    )
    const { rows } = await takeIn(lines.join('\n'))
    // As it was before outcomes had a context: the keyed hash of the other fields.
    const content = {
      ...{ itemId: 'i1', outcome: 'click', requestId: 'req-1', timeMs: DAY0_MS + 1000 },
      ...{ type: 'outcome', userId: 'person-1' },
    }
    const hash = createHmac('sha256', 'secret').update(`feed\nevent\n${JSON.stringify(content)}`)
    expect(new Set(rows.map(({ event }) => event))).toEqual(
      new Set([hash.digest('hex').slice(0, 32)]),
    )
    expect(rows).toHaveLength(3)
  })

  test('Large contexts of outcomes are written in several files', async () => {
    const lines = Array.from({ length: 800 }, (_, n) =>
      clicked({ eventId: `c${n}`, context: { query: `${n} ${'x'.repeat(16_000)}` } }),
    )
    const { manifest, rows } = await takeIn(lines.join('\n'))
    expect(rows).toHaveLength(800)
    expect(manifest.files.length).toBeGreaterThan(1)
  })
})

describe('A click log with a column of queries', () => {
  const columns = {
    time: { column: 't', unit: 'seconds' },
    user: 'u',
    context: { query: 'q' },
  } as const
  const as = (own: object, body: string) =>
    takeIn(body, {
      metadata: { [DROP_METADATA.format]: 'csv' },
      logs: { mappings: { own: mappingSchema.parse({ ...columns, ...own }) } },
    })
  const seconds = DAY0_MS / 1000
  const queries = (rows: { outcome: string | null; context: string | null }[]) =>
    rows.map(({ outcome, context }) => [outcome ?? 'shown', context])

  test('A row that is a click has its query', async () => {
    const kinds = { column: 'e', impressions: ['view'], outcomes: { buy: 'click' } }
    const { rows } = await as(
      { item: 'i', event: kinds },
      `t,u,i,e,q\n${seconds},u1,i1,view,red sofa\n${seconds},u1,i1,buy,red sofa\n${seconds},u1,i2,buy,`,
    )
    expect(queries(rows)).toEqual([
      ['shown', '{"query":"red sofa"}'],
      ['click', '{"query":"red sofa"}'],
      ['click', '{}'],
    ])
  })

  test('A labelled slate gives its query to both', async () => {
    const { rows } = await as(
      { slate: { column: 's', separator: ' ', labelSuffix: '-' } },
      `t,u,s,q\n${seconds},u1,i1-0 i2-1,lamp`,
    )
    expect(queries(rows)).toEqual([
      ['shown', '{"query":"lamp"}'],
      ['shown', '{"query":"lamp"}'],
      ['click', '{"query":"lamp"}'],
    ])
  })
})
