import type { Draws } from '../../../cdk/cli/world/draws.ts'
import { iso, jsonLines, seconds, stamp, table, timesOf, traffic, uuid } from './traffic.ts'
import { type LabelledLog, ofFormat } from './truth.ts'
import { addressOf, agentOf, pathOf } from './visitors.ts'

/** Logs of web servers and of tools that track what visitors do. */

export function ga4(draws: Draws): LabelledLog {
  const visits = traffic(draws)
  const names = ['view_item_list', 'view_item', 'select_item', 'page_view', 'purchase']
  const records = visits.map(({ user, item, timeMs, session }) => {
    const name = draws.pick(names)
    const count = name === 'page_view' ? 0 : name === 'view_item_list' ? 4 : 1
    const items = Array.from({ length: count }, (_, i) => ({
      item_id: `SKU_${((item + i * 7) % 80) + 1}`,
      item_name: `Thing ${item}`,
      item_category: 'Apparel',
      price: 10 + (item % 9),
      quantity: 1,
      item_list_index: String(i + 1),
    }))
    return {
      event_date: iso(timeMs).slice(0, 10).replaceAll('-', ''),
      event_timestamp: String(timeMs * 1000),
      event_name: name,
      event_params: [
        { key: 'ga_session_id', value: { int_value: String(session) } },
        { key: 'page_location', value: { string_value: 'https://shop.example/' } },
      ],
      event_bundle_sequence_id: String(draws.below(9000)),
      user_id: null,
      user_pseudo_id: `${1_000_000 + user * 7919}.${1_700_000_000 + user}`,
      user_first_touch_timestamp: String((visits[0]!.timeMs - 86_400_000) * 1000 + user),
      device: { category: draws.pick(['mobile', 'desktop']), operating_system: 'Web' },
      geo: { country: draws.pick(['France', 'Japan']) },
      stream_id: '2100450278',
      platform: 'WEB',
      items,
    }
  })
  return {
    file: 'bquxjob_ga4.json',
    body: jsonLines(records),
    truth: {
      kind: 'mapping',
      formats: ['ga4'],
      time: ['event_timestamp'],
      timesMs: timesOf(visits),
      user: ['user_pseudo_id', 'user_id|user_pseudo_id'],
      item: ['items[item_id]'],
      readings: [
        {
          event: 'event_name',
          shown: ['view_item_list'],
          outcomes: { select_item: 'click', purchase: 'purchase' },
        },
        {
          event: 'event_name',
          shown: ['view_item_list', 'view_item'],
          outcomes: { select_item: 'click', purchase: 'purchase' },
        },
      ],
    },
  }
}

export function segment(draws: Draws): LabelledLog {
  const visits = traffic(draws)
  const records = visits.map(({ user, item, timeMs }, i) => {
    const event = draws.pick(['Product List Viewed', 'Product Viewed', 'Product Clicked'])
    const one = (at: number) => ({ product_id: `P${((item + at * 5) % 80) + 1}`, position: at + 1 })
    return {
      type: 'track',
      event,
      anonymousId: uuid(user),
      userId: user % 2 ? `u${user}` : null,
      messageId: `ajs-${uuid(50_000 + i)}`,
      timestamp: iso(timeMs),
      receivedAt: iso(timeMs + 2000),
      context: { page: { path: '/shop' }, userAgent: agentOf(user), locale: 'en-US' },
      properties:
        event === 'Product List Viewed' ? { products: [0, 1, 2, 3].map(one) } : one(i % 4),
    }
  })
  return {
    file: 'segment-tracks.jsonl',
    body: jsonLines(records),
    truth: {
      kind: 'mapping',
      formats: ['segment'],
      time: ['timestamp'],
      timesMs: timesOf(visits),
      user: ['userId|anonymousId', 'anonymousId'],
      // One mapping reads the lists or the single products.
      item: ['properties.product_id', 'properties.products[product_id]'],
      readings: [
        { event: 'event', shown: ['Product Viewed'], outcomes: { 'Product Clicked': 'click' } },
        { event: 'event', shown: ['Product List Viewed'], outcomes: {} },
        {
          event: 'event',
          shown: ['Product List Viewed', 'Product Viewed'],
          outcomes: { 'Product Clicked': 'click' },
        },
      ],
      others: { eventId: ['messageId'], position: ['properties.position'] },
    },
  }
}

/** Rows of Snowplow's enriched events: 131 fields, most of them empty. */
export function snowplow(draws: Draws): LabelledLog {
  const visits = traffic(draws)
  const rows = visits.map(({ user, item, session, timeMs }, i) => {
    const cells: (string | number)[] = Array(131).fill('')
    const at = `${stamp(timeMs)}.000`
    const set = (from: number, ...values: (string | number)[]) =>
      values.forEach((value, offset) => {
        cells[from - 1 + offset] = value
      })
    set(1, 'shop', 'web', `${stamp(timeMs + 60_000)}.000`, at, at)
    set(6, draws.pick(['page_view', 'page_view', 'page_ping', 'link_click']), uuid(70_000 + i))
    set(9, 'sp', 'js-3.8.0', 'ssc-2.8.0-kinesis', 'snowplow-enrich-kinesis-3.6.0')
    set(14, addressOf(user), '', uuid(user), 1 + (session % 9), uuid(user + 4000))
    set(19, draws.pick(['FR', 'JP']))
    set(30, `https://shop.example${pathOf(item)}`, `Thing ${item}`)
    set(33, 'https', 'shop.example', 443, pathOf(item))
    set(78, agentOf(user))
    set(103, 'Computer', 0)
    set(124, uuid(session), at, 'com.snowplowanalytics.snowplow', cells[5]!, 'jsonschema', '1-0-0')
    return cells
  })
  return {
    file: 'part-00000.tsv',
    body: table(null, rows, '\t'),
    truth: {
      kind: 'mapping',
      formats: ['snowplow'],
      time: ['column_4', 'column_5', 'column_125'],
      timesMs: timesOf(visits),
      user: ['column_16', 'column_18', 'column_13|column_16', 'column_16|column_18'],
      item: ['column_36', 'column_30', 'column_31'],
      readings: [
        { event: 'column_6', shown: ['page_view'], outcomes: { link_click: 'click' } },
        { event: 'column_6', shown: ['page_view'], outcomes: {} },
        { event: 'column_127', shown: ['page_view'], outcomes: { link_click: 'click' } },
        { event: 'column_127', shown: ['page_view'], outcomes: {} },
      ],
      others: { eventId: ['column_7'], request: ['column_124'] },
      hasHeader: false,
    },
  }
}

/** Feedback as Gorse exports it: a column of its own says what was done. */
export function gorse(draws: Draws): LabelledLog {
  const visits = traffic(draws)
  const rows = visits.map(({ user, item, timeMs }) => [
    draws.pick(['read', 'read', 'read', 'click', 'star']),
    `user_${user}`,
    `item_${item}`,
    `${stamp(timeMs)} +0000 UTC`,
  ])
  return {
    file: 'feedback.csv',
    body: table(['feedback_type', 'user_id', 'item_id', 'time_stamp'], rows),
    truth: {
      kind: 'mapping',
      time: ['time_stamp'],
      timesMs: timesOf(visits),
      user: ['user_id'],
      item: ['item_id'],
      readings: [
        { event: 'feedback_type', shown: ['read'], outcomes: { click: 'click' } },
        { event: 'feedback_type', shown: [], outcomes: { click: 'click' } },
      ],
    },
  }
}

/** Amazon Personalize's interactions, as its guide has them. */
export function personalizeInteractions(draws: Draws): LabelledLog {
  const rows = traffic(draws).map(({ user, item, timeMs }) => [
    user,
    item,
    seconds(timeMs),
    draws.pick(['impression', 'impression', 'impression', 'click', 'purchase']),
  ])
  return {
    file: 'interactions.csv',
    body: table(['USER_ID', 'ITEM_ID', 'TIMESTAMP', 'EVENT_TYPE'], rows),
    truth: ofFormat('personalize'),
  }
}

export function ownEvents(draws: Draws): LabelledLog {
  const records = traffic(draws).map(({ user, item, timeMs, isPositive }, i) => ({
    type: isPositive ? 'outcome' : 'impression',
    eventId: `e${i}`,
    timeMs,
    userId: `u${user}`,
    itemId: `i${item}`,
    ...(isPositive ? { outcome: 'click' } : { position: 1 + (i % 8) }),
  }))
  return {
    file: 'events.jsonl',
    body: jsonLines(records),
    truth: ofFormat('jsonl'),
  }
}
