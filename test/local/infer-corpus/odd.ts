import type { Draws } from '../../../cdk/local/world/draws.ts'
import { DAY_MS } from '../../../functions/contract/time.ts'
import {
  day,
  floored,
  hex,
  iso,
  jsonLines,
  lines,
  seconds,
  stamp,
  table,
  timesOf,
  traffic,
  uuid,
} from './traffic.ts'
import { type LabelledLog, nothing } from './truth.ts'

/** What people have besides: exports, other languages, traps. */

/** A data frame's index stands first, without a heading. */
export function pandasIndex(draws: Draws): LabelledLog {
  const visits = traffic(draws)
  const rows = visits.map(({ user, item, timeMs, isPositive }, i) => [
    i,
    `c${user}`,
    `th${item}`,
    stamp(timeMs),
    Number(isPositive),
  ])
  return {
    file: 'events.csv',
    body: table(['', 'consumer', 'thing', 'seen_on', 'clicked'], rows),
    truth: {
      kind: 'mapping',
      time: ['seen_on'],
      timesMs: timesOf(visits),
      user: ['consumer'],
      item: ['thing'],
      readings: [{ labels: ['clicked'], positive: '1' }],
      others: { eventId: ['column_1'] },
    },
  }
}

export function productCatalogue(draws: Draws): LabelledLog {
  const rows = Array.from({ length: 200 }, (_, i) => [
    `SKU-${1000 + i}`,
    `"Thing ${i}, ${draws.pick(['red', 'blue', 'large'])}"`,
    draws.pick(['shoes', 'shirts', 'hats']),
    draws.pick(['Acme', 'Umbra', 'Nord']),
    (5 + draws.below(9000) / 100).toFixed(2),
    draws.pick(['in stock', 'out of stock']),
  ])
  return {
    file: 'products.csv',
    body: table(['sku', 'title', 'category', 'brand', 'price', 'availability'], rows),
    truth: { ...nothing, kind: 'catalogue', id: 'sku' },
  }
}

export function movieCatalogue(draws: Draws): LabelledLog {
  const genres = ['Action', 'Comedy', 'Drama', 'Children', 'Sci-Fi']
  const rows = Array.from({ length: 250 }, (_, i) => [
    i + 1,
    `"Film ${i}, The (${1950 + draws.below(60)})"`,
    [...new Set([draws.pick(genres), draws.pick(genres)])].join('|'),
  ])
  return {
    file: 'movies.csv',
    body: table(['movieId', 'title', 'genres'], rows),
    truth: { ...nothing, kind: 'catalogue', id: 'movieId' },
  }
}

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

/** One table in several languages. */
function translated(
  draws: Draws,
  file: string,
  [time, user, item, event, price]: readonly [string, string, string, string, string],
  [view, click, buy]: readonly [string, string, string],
): LabelledLog {
  const visits = traffic(draws)
  const rows = visits.map((visit) => [
    stamp(visit.timeMs),
    10_000 + visit.user,
    700 + visit.item * 3,
    draws.pick([view, view, view, view, click, buy]),
    (9 + (visit.item % 40) * 1.5).toFixed(2),
  ])
  return {
    file,
    body: table([time, user, item, event, price], rows),
    truth: {
      kind: 'mapping',
      time: [time],
      timesMs: timesOf(visits),
      user: [user],
      item: [item],
      readings: [{ event, shown: [view], outcomes: { [click]: 'click', [buy]: 'purchase' } }],
      others: { value: [price] },
    },
  }
}
export const russian = (draws: Draws): LabelledLog =>
  translated(
    draws,
    'события.csv',
    ['время', 'пользователь', 'товар', 'событие', 'цена'],
    ['просмотр', 'клик', 'покупка'],
  )
export const chinese = (draws: Draws): LabelledLog =>
  translated(
    draws,
    '行为日志.csv',
    ['时间', '用户ID', '商品ID', '行为类型', '价格'],
    ['浏览', '点击', '购买'],
  )
export const spanish = (draws: Draws): LabelledLog =>
  translated(
    draws,
    'eventos.csv',
    ['fecha', 'usuario', 'artículo', 'evento', 'precio'],
    ['vista', 'clic', 'compra'],
  )

/** Which article was shown and whether it was clicked, but not to whom. */
export function noUser(draws: Draws): LabelledLog {
  const visits = traffic(draws)
  const rows = visits.map(({ item, timeMs, isPositive }) => [
    stamp(timeMs),
    `art-${item}`,
    draws.pick(['top', 'side', 'bottom']),
    Number(isPositive),
  ])
  return {
    file: 'teasers.csv',
    body: table(['shown_at', 'article_id', 'slot', 'clicked'], rows),
    truth: {
      ...nothing,
      time: ['shown_at'],
      timesMs: timesOf(visits),
      item: ['article_id'],
      readings: [{ labels: ['clicked'], positive: '1' }],
    },
  }
}

export function sensors(draws: Draws): LabelledLog {
  const rows = traffic(draws).map(({ timeMs }) => [
    stamp(timeMs),
    (20 + draws.normal()).toFixed(3),
    (1013 + 4 * draws.normal()).toFixed(2),
    (0.4 + 0.1 * draws.normal()).toFixed(4),
  ])
  return {
    file: 'sensors.csv',
    body: table(['measured', 'temperature', 'pressure', 'humidity'], rows),
    truth: { ...nothing, time: ['measured'] },
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

/** What a spreadsheet calls Unicode text: UTF-16 with tabs. */
export function wideText(draws: Draws): LabelledLog {
  const visits = traffic(draws, { days: 40 })
  const rows = visits.map(({ user, item, timeMs, isPositive }) => [
    day(timeMs),
    `Ümit ${user}`,
    `Ürün ${item}`,
    isPositive ? 'Yes' : 'No',
  ])
  const text = table(['Date', 'Customer', 'Product', 'Clicked'], rows, '\t')
  return {
    file: 'export.txt',
    body: Buffer.from(`\ufeff${text}`, 'utf16le'),
    truth: {
      kind: 'mapping',
      time: ['Date'],
      timesMs: floored(visits, DAY_MS),
      user: ['Customer'],
      item: ['Product'],
      readings: [{ labels: ['Clicked'], positive: 'Yes' }],
      encoding: 'utf-16le',
    },
  }
}

/** Search results of an application's own log: one line is a slate with what was clicked. */
export function nestedSlates(draws: Draws): LabelledLog {
  const visits = traffic(draws, { rows: 200 })
  const records = visits.map(({ user, session, item, timeMs, isPositive }) => {
    const shown = [...new Set([0, 1, 2, 3, 4].map((at) => `d${((item + at * 11) % 80) + 1}`))]
    return {
      at: iso(timeMs),
      searchId: uuid(session * 1000 + item),
      visitor: { id: `v${user}` },
      results: shown,
      clicks: isPositive ? [draws.pick(shown)] : [],
    }
  })
  return {
    file: 'search.jsonl',
    body: jsonLines(records),
    truth: {
      kind: 'mapping',
      time: ['at'],
      timesMs: timesOf(visits),
      user: ['visitor.id'],
      item: ['results[]'],
      readings: [{ slate: 'results', by: 'chosen' }],
      others: { request: ['searchId'], eventId: ['searchId'] },
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
