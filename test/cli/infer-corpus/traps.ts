import type { Draws } from '../../../cdk/cli/world/draws.ts'
import { hex, iso, lines, seconds, table, timesOf, traffic } from './traffic.ts'
import type { LabelledLog } from './truth.ts'

/** Columns that look like something that they are not. */

/** Ids of 64 bits, as numbers of JSON: more digits than a double holds. */
export function longIds(draws: Draws): LabelledLog {
  const visits = traffic(draws)
  const text = visits.map(
    ({ user, item, timeMs, isPositive }) =>
      `{"user_id":12345678901234${String(50_000 + user * 7)},"item_id":${item},"ts":${seconds(timeMs)},"clicked":${Number(isPositive)}}`,
  )
  return {
    file: 'events.jsonl',
    body: lines(text),
    truth: {
      kind: 'mapping',
      time: ['ts'],
      timesMs: timesOf(visits),
      user: ['user_id'],
      item: ['item_id'],
      readings: [{ labels: ['clicked'], positive: '1' }],
    },
  }
}

/** Most users are a word for nothing. */
export function nobodyUsers(draws: Draws): LabelledLog {
  const visits = traffic(draws)
  const rows = visits.map(({ user, session, item, timeMs }) => [
    `s${session}`,
    user % 5 < 3 ? draws.pick(['NA', '\\N', 'null']) : `u${user}`,
    `i${item}`,
    seconds(timeMs),
    draws.pick(['view', 'view', 'view', 'click']),
  ])
  return {
    file: 'views.csv',
    body: table(['session_id', 'user_id', 'item_id', 'event_time', 'event'], rows),
    truth: {
      kind: 'mapping',
      time: ['event_time'],
      timesMs: timesOf(visits),
      user: ['session_id', 'user_id|session_id'],
      item: ['item_id'],
      readings: [{ event: 'event', shown: ['view'], outcomes: { click: 'click' } }],
      others: { request: ['session_id'] },
    },
  }
}

/** Two columns are filled only where the label is. */
export function leak(draws: Draws): LabelledLog {
  const visits = traffic(draws)
  const rows = visits.map(({ user, item, timeMs, isPositive }) => [
    iso(timeMs),
    `u${user}`,
    `p${item}`,
    draws.pick(['phone', 'desktop']),
    isPositive ? 300 + draws.below(9000) : 0,
    isPositive ? draws.pick(['shop', 'map']) : '',
    Number(isPositive),
  ])
  const header = ['time', 'user', 'product', 'device', 'dwell_ms', 'landing']
  return {
    file: 'impressions.csv',
    body: table([...header, 'is_click'], rows),
    truth: {
      kind: 'mapping',
      time: ['time'],
      timesMs: timesOf(visits),
      user: ['user'],
      item: ['product'],
      readings: [{ labels: ['is_click'], positive: '1' }],
      others: { value: ['dwell_ms'] },
      leaks: ['dwell_ms', 'landing'],
    },
  }
}

/** A key that is distinct in every row stands first; user and item repeat. */
export function distinctKey(draws: Draws): LabelledLog {
  const visits = traffic(draws)
  const rows = visits.map(({ user, item, timeMs, isPositive }, i) => [
    hex(3000 + i, 24),
    hex(user, 16),
    hex(900 + item, 16),
    timeMs,
    isPositive ? 'true' : 'false',
  ])
  return {
    file: 'export.tsv',
    body: table(['rowKey', 'accountHash', 'contentHash', 'createdAt', 'clicked'], rows, '\t'),
    truth: {
      kind: 'mapping',
      time: ['createdAt'],
      timesMs: timesOf(visits),
      user: ['accountHash'],
      item: ['contentHash'],
      readings: [{ labels: ['clicked'], positive: 'true' }],
      others: { eventId: ['rowKey'] },
    },
  }
}

/** A price may be a dash. */
export function dashedPrice(draws: Draws): LabelledLog {
  const visits = traffic(draws)
  const rows = visits.map(({ user, item, timeMs }) => [
    seconds(timeMs),
    `u${user}`,
    `p${item}`,
    draws.pick(['view', 'view', 'view', 'click', 'purchase']),
    draws.below(3) === 0 ? '—' : (1 + (item % 50) / 2).toFixed(2),
  ])
  return {
    file: 'events.csv',
    body: table(['ts', 'user_id', 'product_id', 'event_type', 'price'], rows),
    truth: {
      kind: 'mapping',
      time: ['ts'],
      timesMs: timesOf(visits),
      user: ['user_id'],
      item: ['product_id'],
      readings: [
        {
          event: 'event_type',
          shown: ['view'],
          outcomes: { click: 'click', purchase: 'purchase' },
        },
      ],
      others: { value: ['price'] },
    },
  }
}

/** An id of nine digits could be seconds of 1999, and is none. */
export function idLikeTime(draws: Draws): LabelledLog {
  const visits = traffic(draws)
  const rows = visits.map(({ user, item, timeMs, isPositive }) => [
    940_000_000 + user * 613,
    1_100_000_000 + item * 977,
    iso(timeMs),
    Number(isPositive),
  ])
  return {
    file: 'log.csv',
    body: table(['member', 'listing', 'logged', 'purchased'], rows),
    truth: {
      kind: 'mapping',
      time: ['logged'],
      timesMs: timesOf(visits),
      user: ['member'],
      item: ['listing'],
      readings: [{ labels: ['purchased'], positive: '1' }],
    },
  }
}
