import type { Draws } from '../../../cdk/cli/world/draws.ts'
import { DAY_MS, HOUR_MS } from '../../../functions/contract/time.ts'
import {
  byUser,
  day,
  floored,
  hex,
  iso,
  seconds,
  stamp,
  table,
  timesOf,
  traffic,
  uuid,
} from './traffic.ts'
import type { LabelledLog } from './truth.ts'

/** Logs of shops: what was looked at, put in a basket and bought. */

export function retailRocket(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2015-06-01T00:00:00Z' })
  const rows = visits.map(({ timeMs, user, item }, i) => {
    const event = draws.pick([...Array(9).fill('view'), 'addtocart', 'transaction'])
    const order = event === 'transaction' ? 10_000 + i : null
    return [timeMs + draws.below(1000), user * 613, event, item * 977, order]
  })
  return {
    file: 'events.csv',
    body: table(['timestamp', 'visitorid', 'event', 'itemid', 'transactionid'], rows),
    truth: {
      kind: 'mapping',
      time: ['timestamp'],
      timesMs: rows.map(([time]) => Number(time)),
      user: ['visitorid'],
      item: ['itemid'],
      readings: [{ event: 'event', shown: ['view'], outcomes: { transaction: 'purchase' } }],
      leaks: ['transactionid'],
    },
  }
}

export function taobao(draws: Draws): LabelledLog {
  const visits = byUser(traffic(draws, { from: '2017-11-25T00:00:00Z' }))
  const rows = visits.map(({ user, item, timeMs }) => [
    user * 1009,
    item * 23_003,
    4_000_000 + (item % 12) * 517,
    draws.pick([...Array(17).fill('pv'), 'cart', 'fav', 'buy']),
    seconds(timeMs),
  ])
  return {
    file: 'UserBehavior.csv',
    body: table(null, rows),
    truth: {
      kind: 'mapping',
      time: ['column_5'],
      timesMs: timesOf(visits),
      user: ['column_1'],
      item: ['column_2'],
      readings: [{ event: 'column_4', shown: ['pv'], outcomes: { buy: 'purchase' } }],
      hasHeader: false,
    },
  }
}

/** The log of the repeat buyers' contest: a month and a day are all that it says of time. */
export function tmall(draws: Draws): LabelledLog {
  const visits = byUser(traffic(draws, { from: '2014-06-01T00:00:00Z', days: 150 }))
  const rows = visits.map(({ user, item, timeMs }) => [
    user * 3077,
    item * 9173,
    item % 30,
    item % 17,
    item % 23,
    Number(day(timeMs).slice(5).replace('-', '')),
    draws.pick([0, 0, 0, 0, 0, 0, 0, 1, 2, 3]),
  ])
  const header = ['user_id', 'item_id', 'cat_id', 'seller_id', 'brand_id', 'time_stamp']
  return {
    file: 'user_log_format1.csv',
    body: table([...header, 'action_type'], rows),
    truth: {
      kind: 'mapping',
      time: ['order'],
      timesMs: [],
      user: ['user_id'],
      item: ['item_id'],
      readings: [{ event: 'action_type', shown: ['0'], outcomes: { '2': 'purchase' } }],
    },
  }
}

export function tianchiMobile(draws: Draws): LabelledLog {
  const visits = byUser(traffic(draws, { from: '2014-11-18T00:00:00Z', days: 4 }))
  const rows = visits.map(({ user, item, timeMs }) => [
    user * 100_069,
    item * 2_003_111,
    draws.pick([1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 4]),
    draws.pick(['', '', hex(user, 7)]),
    item % 25,
    stamp(timeMs).slice(0, 13),
  ])
  return {
    file: 'tianchi_mobile_recommend_train_user.csv',
    body: table(
      ['user_id', 'item_id', 'behavior_type', 'user_geohash', 'item_category', 'time'],
      rows,
    ),
    truth: {
      kind: 'mapping',
      time: ['time'],
      timesMs: floored(visits, HOUR_MS),
      user: ['user_id'],
      item: ['item_id'],
      readings: [{ event: 'behavior_type', shown: ['1'], outcomes: { '4': 'purchase' } }],
    },
  }
}

export function yoochooseClicks(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2014-04-01T00:00:00Z', users: 70 })
  const rows = visits.map(({ session, timeMs, item }) => [
    session,
    iso(timeMs),
    214_000_000 + item * 977,
    draws.pick(['0', '0', '0', 'S', '3']),
  ])
  return {
    file: 'yoochoose-clicks.dat',
    body: table(null, rows),
    truth: {
      kind: 'mapping',
      time: ['column_2'],
      timesMs: timesOf(visits),
      user: ['column_1'],
      item: ['column_3'],
      readings: [{ everyRow: '*' }],
      hasHeader: false,
    },
  }
}

export function yoochooseBuys(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2014-04-04T00:00:00Z', users: 70 })
  const rows = visits.map(({ session, timeMs, item }) => [
    session,
    iso(timeMs),
    214_000_000 + item * 977,
    draws.pick([0, 523, 1046, 12_462, 20_836]),
    draws.pick([1, 1, 1, 2, 3]),
  ])
  return {
    file: 'yoochoose-buys.dat',
    body: table(null, rows),
    truth: {
      kind: 'mapping',
      time: ['column_2'],
      timesMs: timesOf(visits),
      user: ['column_1'],
      item: ['column_3'],
      readings: [{ everyRow: '*' }],
      others: { value: ['column_4', 'column_5'] },
      hasHeader: false,
    },
  }
}

export function rees46(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2019-10-01T00:00:00Z' })
  const rows = visits.map(({ timeMs, user, item, session }) => [
    `${stamp(timeMs)} UTC`,
    draws.pick([...Array(12).fill('view'), 'cart', 'cart', 'remove_from_cart', 'purchase']),
    5_700_000 + item * 31,
    `14875800${String(10_000_000_000 + (item % 9) * 97_531).slice(0, 11)}`,
    draws.pick(['', '', 'appliances.environment.vacuum', 'stationery.cartrige']),
    draws.pick(['', 'runail', 'irisk', 'masura']),
    (1 + (item % 30) * 0.63).toFixed(2),
    400_000_000 + user * 7919,
    uuid(session),
  ])
  const header = ['event_time', 'event_type', 'product_id', 'category_id', 'category_code']
  return {
    file: '2019-Oct.csv',
    body: table([...header, 'brand', 'price', 'user_id', 'user_session'], rows),
    truth: {
      kind: 'mapping',
      time: ['event_time'],
      timesMs: timesOf(visits),
      user: ['user_id'],
      item: ['product_id'],
      readings: [{ event: 'event_type', shown: ['view'], outcomes: { purchase: 'purchase' } }],
      others: { value: ['price'] },
    },
  }
}

export function diginetica(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2016-05-01T00:00:00Z' })
  const rows = visits.map(({ user, session, item, timeMs }) => [
    session,
    user % 5 < 3 ? 'NA' : user * 13,
    30_000 + item * 7,
    draws.below(900_000),
    day(timeMs),
  ])
  return {
    file: 'train-item-views.csv',
    body: table(['sessionId', 'userId', 'itemId', 'timeframe', 'eventdate'], rows, ';'),
    truth: {
      kind: 'mapping',
      time: ['eventdate'],
      timesMs: floored(visits, DAY_MS),
      user: ['sessionId', 'userId|sessionId'],
      item: ['itemId'],
      readings: [{ everyRow: '*' }],
      others: { request: ['sessionId'] },
    },
  }
}
