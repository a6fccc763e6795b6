import type { Draws } from '../../../cdk/cli/world/draws.ts'
import { DAY_MS } from '../../../functions/contract/time.ts'
import {
  day,
  hex,
  iso,
  jsonLines,
  seconds,
  stamp,
  table,
  timesOf,
  traffic,
  uuid,
} from './traffic.ts'
import type { LabelledLog } from './truth.ts'

/** Logs of portals, of analytics of products, and of tills. */

export function mixpanel(draws: Draws): LabelledLog {
  const visits = traffic(draws)
  const records = visits.map(({ user, item, timeMs }, i) => ({
    event: draws.pick(['Item Viewed', 'Item Viewed', 'Item Viewed', 'Item Purchased', '$identify']),
    properties: {
      time: seconds(timeMs),
      distinct_id: uuid(user),
      $insert_id: hex(9000 + i, 16),
      $os: draws.pick(['iOS', 'Android']),
      mp_country_code: draws.pick(['FR', 'US']),
      item_id: `sku-${item}`,
      price: 5 + (item % 20),
    },
  }))
  return {
    file: 'mixpanel-export.jsonl',
    body: jsonLines(records),
    truth: {
      kind: 'mapping',
      time: ['properties.time'],
      timesMs: timesOf(visits),
      user: ['properties.distinct_id'],
      item: ['properties.item_id'],
      readings: [
        { event: 'event', shown: ['Item Viewed'], outcomes: { 'Item Purchased': 'purchase' } },
      ],
      others: { eventId: ['properties.$insert_id'], value: ['properties.price'] },
    },
  }
}

export function amplitude(draws: Draws): LabelledLog {
  const visits = traffic(draws)
  const records = visits.map(({ user, item, timeMs }, i) => ({
    $insert_id: uuid(30_000 + i),
    amplitude_id: 3_000_000_000 + user,
    device_id: uuid(user + 500),
    user_id: user % 3 ? `user-${user}@corp` : null,
    event_type: draws.pick(['impression', 'impression', 'impression', 'click', 'session_start']),
    event_time: `${stamp(timeMs)}.000000`,
    server_upload_time: `${stamp(timeMs + 5000)}.000000`,
    event_properties: { content_id: `c${item}`, slot: 1 + (i % 6) },
    platform: draws.pick(['Web', 'iOS']),
  }))
  return {
    file: '184000_2024-03-04_1#0.json',
    body: jsonLines(records),
    truth: {
      kind: 'mapping',
      time: ['event_time'],
      timesMs: timesOf(visits),
      user: ['amplitude_id', 'device_id', 'user_id|device_id', 'user_id|amplitude_id'],
      item: ['event_properties.content_id'],
      readings: [{ event: 'event_type', shown: ['impression'], outcomes: { click: 'click' } }],
      others: { eventId: ['$insert_id'], position: ['event_properties.slot'] },
    },
  }
}

/** Jobs: what was done with them is a number, 0 for what was only shown. */
export function xing(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2016-11-07T00:00:00Z' })
  const rows = visits.map(({ user, item, timeMs }) => [
    user * 31,
    item * 17,
    draws.pick([0, 0, 0, 0, 0, 0, 1, 1, 2, 4]),
    seconds(timeMs),
  ])
  return {
    file: 'interactions.csv',
    body: table(['user_id', 'item_id', 'interaction_type', 'created_at'], rows, '\t'),
    truth: {
      kind: 'mapping',
      time: ['created_at'],
      timesMs: timesOf(visits),
      user: ['user_id'],
      item: ['item_id'],
      readings: [{ event: 'interaction_type', shown: ['0'], outcomes: { '1': 'click' } }],
    },
  }
}

export function expedia(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2014-08-11T00:00:00Z', positives: 0.1 })
  const rows = visits.map(({ user, item, timeMs, isPositive }) => [
    stamp(timeMs),
    draws.pick([2, 11, 24]),
    3,
    draws.pick([66, 69]),
    (100 + draws.below(5000) / 3).toFixed(4),
    user * 7,
    draws.pick([0, 1]),
    draws.below(11),
    day(timeMs + 20 * DAY_MS),
    day(timeMs + 24 * DAY_MS),
    8250 + (item % 30),
    Number(isPositive),
    1 + draws.below(3),
    item,
  ])
  const header = ['date_time', 'site_name', 'posa_continent', 'user_location_country']
  const more = [
    'orig_destination_distance',
    'user_id',
    'is_mobile',
    'channel',
    'srch_ci',
    'srch_co',
  ]
  const last = ['srch_destination_id', 'is_booking', 'cnt', 'hotel_cluster']
  return {
    file: 'train.csv',
    body: table([...header, ...more, ...last], rows),
    truth: {
      kind: 'mapping',
      time: ['date_time'],
      timesMs: timesOf(visits),
      user: ['user_id'],
      item: ['hotel_cluster'],
      readings: [{ labels: ['is_booking'], positive: '1' }],
    },
  }
}

/** W3C's extended format as a web server of Windows writes it: blanks, and no agent's blank. */
export function iis(draws: Draws): LabelledLog {
  const visits = traffic(draws)
  const rows = visits.map(({ user, item, timeMs }) => [
    ...stamp(timeMs).split(' '),
    ...['10.0.0.5', 'GET', `/p/${item}.aspx`, '-', 443, '-', `203.0.113.${user}`],
    ...[draws.pick(['Mozilla/5.0+(Windows+NT+10.0)', 'Mozilla/5.0+(iPhone)']), '-'],
    ...[200, 0, 0, draws.below(300)],
  ])
  const fields =
    'date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken'
  const head = `#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: 2024-03-04 00:00:00\n#Fields: ${fields}\n`
  return {
    file: 'u_ex240304.log',
    body: head + table(null, rows, ' '),
    truth: {
      kind: 'mapping',
      time: ['date+time'],
      timesMs: timesOf(visits),
      user: ['c-ip', 'c-ip+cs(User-Agent)'],
      item: ['cs-uri-stem'],
      readings: [{ everyRow: '*' }],
    },
  }
}

/** A stream's envelope around what an app says. */
export function envelope(draws: Draws): LabelledLog {
  const visits = traffic(draws)
  const records = visits.map(({ user, item, timeMs, isPositive }, i) => ({
    metadata: { topic: 'feed.v2', partition: i % 4, offset: 880_000 + i, ingestedAt: timeMs + 700 },
    payload: {
      eventName: isPositive ? 'CLICK' : 'IMPRESSION',
      occurredAt: iso(timeMs),
      actor: { accountId: `acc-${user}` },
      object: { articleId: `art-${item}`, rank: i % 10 },
      requestId: uuid(60_000 + Math.floor(i / 5)),
    },
  }))
  return {
    file: 'topic-dump.jsonl',
    body: jsonLines(records),
    truth: {
      kind: 'mapping',
      time: ['payload.occurredAt'],
      timesMs: timesOf(visits),
      user: ['payload.actor.accountId'],
      item: ['payload.object.articleId'],
      readings: [
        { event: 'payload.eventName', shown: ['IMPRESSION'], outcomes: { CLICK: 'click' } },
      ],
      others: { request: ['payload.requestId'], position: ['payload.object.rank'] },
    },
  }
}
