import type { Draws } from '../../../cdk/cli/world/draws.ts'
import { DAY_MS } from '../../../functions/contract/time.ts'
import { day, floored, iso, jsonLines, stamp, table, timesOf, traffic, uuid } from './traffic.ts'
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
