import { describe, expect, test } from 'vitest'
import { DROP_METADATA } from '../../functions/contract/drop-metadata.ts'
import { type Logs, logsSchema, type ReadyFormat } from '../../functions/contract/logs.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { attributeOutcomes } from '../../functions/samples/attribution.ts'
import { DAY0_MS } from '../make/events.ts'
import { snowplowLine } from './snowplow-line.ts'
import { takeIn } from './take-in.ts'

/** Takes a log in by the name of its format alone, and answers its account and its events in order. */
async function takeReady(format: ReadyFormat, lines: readonly (string | object)[], logs?: Logs) {
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
  const { manifest, rows, setAside } = await takeIn(text.join('\n'), {
    key: 'raw/feed/events/a.log',
    metadata: { [DROP_METADATA.format]: format },
    ...(logs && { logs: logsSchema.parse(logs) }),
  })
  const events = rows.sort((a, b) => a.row - b.row)
  const said = events.map(({ type, item, outcome, position, value }) =>
    type === 'impression' ? [item, position] : [item, outcome, value],
  )
  return { manifest, events, said, setAside }
}

/** Impressions that got the outcome click. */
function clickedItems(events: Awaited<ReturnType<typeof takeReady>>['events']): string[] {
  const impressions = events.filter(({ type }) => type === 'impression')
  const outcomes = events.filter(({ type }) => type === 'outcome')
  const found = attributeOutcomes('click', HOUR_MS, impressions, [], outcomes, [])
  return impressions.filter(({ event }) => found.outcomes.has(event)).map(({ item }) => item)
}

describe('Google Analytics 4 exports', () => {
  const event = (second: number, name: string, items: object[], fields: object = {}) => ({
    event_date: '20260105',
    event_timestamp: String((DAY0_MS + second * 1000) * 1000),
    event_name: name,
    user_id: null,
    user_pseudo_id: '77.1767571200',
    device: { category: 'mobile', web_info: { browser: 'Safari' } },
    geo: { country: '(not set)' },
    items,
    ...fields,
  })
  const log = [
    event(1, 'session_start', []),
    event(2, 'view_item_list', [
      { item_id: 'a', item_category: 'hats', price: 9.5 },
      { item_id: 'b', item_category: 'shoes', price: 20 },
    ]),
    event(5, 'select_item', [{ item_id: 'b' }]),
    event(6, 'view_item', [{ item_id: 'b', price: 20 }]),
    event(90, 'purchase', [{ item_id: 'b', price: 20, quantity: 1 }]),
  ]

  test('A GA4 export is read as slates, clicks and purchases', async () => {
    const { manifest, events, said } = await takeReady('ga4', log)
    expect(manifest).toMatchObject({ read: 5, accepted: 5, events: 4, quarantined: {} })
    expect(said).toEqual([
      ['a', 1],
      ['b', 2],
      ['b', 'click', null],
      ['b', 'purchase', 20],
    ])
    expect(new Set(events.map(({ user }) => user)).size).toBe(1)
    expect(events[0]!.timeMs).toBe(DAY0_MS + 2000)
    expect(JSON.parse(events[1]!.context!)).toEqual({ device: 'mobile', category: 'shoes' })
  })

  test('A click goes to the slate that showed the item', async () => {
    const { events } = await takeReady('ga4', log)
    expect(clickedItems(events)).toEqual(['b'])
  })

  test('A GA4 export may also be one JSON array', async () => {
    const { manifest } = await takeReady('ga4', [
      `[${log.map((one) => JSON.stringify(one)).join()}]`,
    ])
    expect(manifest).toMatchObject({ read: 5, accepted: 5, events: 4 })
  })

  test('The scene gives GA4 events their meanings', async () => {
    const ga4 = { impressionEvents: ['view_item'], outcomes: { purchase: 'click' } }
    const { said } = await takeReady('ga4', log, { ga4 })
    expect(said).toEqual([
      ['b', 1],
      ['b', 'click', 20],
    ])
  })

  test('An item without an id is quarantined with its line', async () => {
    const { manifest, setAside } = await takeReady('ga4', [
      ...log,
      event(8, 'view_item_list', [{ item_name: 'no id' }]),
      event(9, 'view_item_list', [{ item_id: '(not set)' }]),
    ])
    expect(manifest).toMatchObject({ read: 7, accepted: 5, quarantined: { missing_field: 2 } })
    expect(setAside[0]).toMatchObject({ line: 6, reason: 'missing_field' })
  })
})

describe('Segment calls', () => {
  const call = (second: number, event: string, properties: object, fields: object = {}) => ({
    type: 'track',
    event,
    messageId: `m${second}`,
    anonymousId: 'a1',
    userId: null,
    timestamp: new Date(DAY0_MS + second * 1000).toISOString(),
    context: { userAgent: 'Mozilla/5.0', device: { type: 'ios' } },
    properties,
    ...fields,
  })
  const log = [
    call(1, 'Product List Viewed', {
      list_id: 'hats',
      products: [{ product_id: 'a', category: 'hats' }, { product_id: 'b' }],
    }),
    call(4, 'Product Clicked', { product_id: 'b', position: 2, price: 20 }),
    call(9, 'Order Completed', { products: [{ product_id: 'b', price: 20 }] }),
    { ...call(10, '', {}), type: 'identify', event: undefined },
  ]

  test('Segment calls are read with a product list or one product', async () => {
    const { manifest, events, said } = await takeReady('segment', log)
    expect(manifest).toMatchObject({ read: 4, accepted: 4, events: 4, quarantined: {} })
    expect(said).toEqual([
      ['a', 1],
      ['b', 2],
      ['b', 'click', 20],
      ['b', 'purchase', 20],
    ])
    expect(JSON.parse(events[0]!.context!)).toMatchObject({ device: 'ios', category: 'hats' })
    expect(clickedItems(events)).toEqual(['b'])
  })

  test('A Segment call belongs to the known user, else the anonymous one', async () => {
    const view = (second: number, fields: object) =>
      call(second, 'Product List Viewed', { products: [{ product_id: 'a' }] }, fields)
    const { events } = await takeReady('segment', [
      view(1, { userId: 'u1' }),
      view(2, { userId: 'u1', anonymousId: 'a2' }),
      view(3, {}),
      view(4, { userId: undefined }),
    ])
    const users = events.map(({ user }) => user)
    expect(users[0]).toBe(users[1])
    expect(users[2]).toBe(users[3])
    expect(users[0]).not.toBe(users[2])
  })

  test('A Segment call about one product has its stated position', async () => {
    const segment = { impressionEvents: ['Product Viewed'] }
    const { said } = await takeReady(
      'segment',
      [
        call(1, 'Product Viewed', { product_id: 'a', position: 7 }),
        call(2, 'Product Viewed', { product_id: 'b' }),
      ],
      { segment },
    )
    expect(said).toEqual([
      ['a', 7],
      ['b', null],
    ])
  })
})

describe('Snowplow enriched events', () => {
  test('Snowplow events are read as page views and followed links', async () => {
    const { manifest, events, said } = await takeReady('snowplow', [
      snowplowLine({ useragent: 'Mozilla/5.0', dvce_type: 'Mobile' }),
      snowplowLine({ event_id: 'e2', event_name: 'page_ping' }),
      snowplowLine({
        event_id: 'e3',
        event_name: 'link_click',
        derived_tstamp: '2026-01-05 00:01:30.250',
      }),
      snowplowLine({ event_id: 'e4', domain_userid: '', network_userid: 'n1', user_id: 'u1' }),
    ])
    expect(manifest).toMatchObject({ read: 4, accepted: 4, events: 3, quarantined: {} })
    expect(said).toEqual([
      ['/p/1', null],
      ['/p/1', 'click', null],
      ['/p/1', null],
    ])
    expect(events.map(({ timeMs }) => timeMs - DAY0_MS)).toEqual([62_000, 90_250, 62_000])
    expect(JSON.parse(events[0]!.context!)).toEqual({ agent: 'Mozilla/5.0', device: 'Mobile' })
    expect(events[0]!.user).toBe(events[1]!.user)
    expect(events[2]!.user).not.toBe(events[0]!.user)
    expect(clickedItems(events)).toEqual(['/p/1'])
  })

  test('A cut Snowplow event is quarantined', async () => {
    const { manifest } = await takeReady('snowplow', [
      snowplowLine({}),
      snowplowLine({}).slice(0, 150),
    ])
    expect(manifest).toMatchObject({ accepted: 1, quarantined: { bad_row: 1 } })
  })
})

test('A ready format names only outcomes that its scene has', async () => {
  const cart = [
    { event: 'Product Added', timestamp: '2026-01-05T00:00:05Z', anonymousId: 'a', properties: {} },
  ]
  expect((await takeReady('segment', cart)).manifest).toMatchObject({ accepted: 1, events: 0 })
})
