import type { Draws } from '../../../cdk/cli/world/draws.ts'
import { HOUR_MS } from '../../../functions/contract/time.ts'
import {
  digits,
  floored,
  hex,
  jsonLines,
  seconds,
  table,
  timesOf,
  traffic,
  uuid,
} from './traffic.ts'
import { type LabelledLog, nothing } from './truth.ts'

/** Logs of advertising. */

/** Display advertising: a label, 13 numbers and 26 hashes, of which no one says what they are. */
export function criteoDisplay(draws: Draws): LabelledLog {
  const rows = Array.from({ length: 300 }, () => [
    Number(draws.uniform() < 0.25),
    ...Array.from({ length: 13 }, () => draws.pick([null, draws.below(4), draws.below(400)])),
    ...Array.from({ length: 26 }, (_, i) =>
      draws.pick([null, hex(i * 10_000 + draws.below(3 + ((i * 37) % 90)), 8), hex(i, 8)]),
    ),
  ])
  const readings = [{ labels: ['column_1'], positive: '1' }]
  return { file: 'train.txt', body: table(null, rows, '\t'), truth: { ...nothing, readings } }
}

/** Seconds count from the log's own start: its rows are in order, and no column says when. */
export function criteoAttribution(draws: Draws): LabelledLog {
  const visits = traffic(draws, { items: 40 })
  const startMs = visits[0]!.timeMs
  const rows = visits.map(({ timeMs, user, item, isPositive, session }) => {
    const isConversion = isPositive && draws.below(3) === 0
    const second = (timeMs - startMs) / 1000
    return [
      second,
      20_073_000 + user * 9,
      22_589_000 + item * 171,
      Number(isConversion),
      isConversion ? second + 40 + draws.below(50_000) : -1,
      isConversion ? session : -1,
      Number(isConversion && draws.below(2) === 0),
      Number(isPositive),
      isPositive ? draws.below(3) : -1,
      isPositive ? 1 + draws.below(3) : -1,
      (0.00001 * (1 + draws.below(90))).toFixed(16),
      (0.1 + 0.01 * draws.below(30)).toFixed(16),
      draws.pick([-1, -1, draws.below(90_000)]),
      ...Array.from({ length: 9 }, (_, i) => 5824233 + 1000 * i + draws.below(12)),
    ]
  })
  const header = ['timestamp', 'uid', 'campaign', 'conversion', 'conversion_timestamp']
  const outcome = ['conversion_id', 'attribution', 'click', 'click_pos', 'click_nb']
  const cats = Array.from({ length: 9 }, (_, i) => `cat${i + 1}`)
  const all = [...header, ...outcome, 'cost', 'cpo', 'time_since_last_click', ...cats]
  return {
    file: 'criteo_attribution_dataset.tsv',
    body: table(all, rows, '\t'),
    truth: {
      kind: 'mapping',
      time: ['order'],
      timesMs: [],
      user: ['uid'],
      item: ['campaign'],
      readings: [
        { labels: ['click'], positive: '1' },
        { labels: ['click', 'conversion'], positive: '1' },
      ],
      others: { value: ['cost', 'cpo'] },
      leaks: [
        'conversion',
        'conversion_timestamp',
        'conversion_id',
        'attribution',
        'click_pos',
        'click_nb',
      ],
    },
  }
}

/** The device's id is one value in most rows: its address is who it was. */
export function avazu(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2014-10-21T00:00:00Z', positives: 0.17, days: 2 })
  const rows = visits.map(({ user, item, timeMs, isPositive }) => [
    `1${String(draws.uniform()).slice(2, 12).padEnd(10, '7')}${String(draws.uniform()).slice(2, 10).padEnd(8, '3')}`,
    Number(isPositive),
    digits(timeMs).slice(2, 10),
    draws.pick([1005, 1005, 1005, 1002]),
    draws.pick([0, 0, 1]),
    hex(9000 + (item % 9), 8),
    hex(9100 + (item % 7), 8),
    hex(9200 + (item % 3), 8),
    hex(9300, 8),
    hex(9310, 8),
    hex(9320, 8),
    user % 6 === 0 ? hex(user, 8) : 'a99f214a',
    hex(7000 + user, 8),
    hex(8000 + (user % 21), 8),
    draws.pick([1, 1, 1, 0]),
    draws.pick([0, 0, 2]),
    15_700 + item,
    320,
    50,
    1700 + (item % 20),
    draws.pick([0, 3]),
    35,
    draws.pick([-1, 100_084]),
    79,
  ])
  const site = ['site_id', 'site_domain', 'site_category', 'app_id', 'app_domain', 'app_category']
  const device = ['device_id', 'device_ip', 'device_model', 'device_type', 'device_conn_type']
  const hidden = Array.from({ length: 8 }, (_, i) => `C${14 + i}`)
  return {
    file: 'train.csv',
    body: table(['id', 'click', 'hour', 'C1', 'banner_pos', ...site, ...device, ...hidden], rows),
    truth: {
      kind: 'mapping',
      time: ['hour'],
      timesMs: floored(visits, HOUR_MS),
      user: ['device_ip', 'device_ip+device_model', 'device_id|device_ip'],
      item: ['C14', 'C17'],
      readings: [{ labels: ['click'], positive: '1' }],
      others: { eventId: ['id'], position: ['banner_pos'] },
    },
  }
}

export function iPinYou(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2013-06-06T00:00:00Z', items: 25, days: 1 })
  const rows = visits.map(({ user, item, timeMs }, i) => [
    hex(10_000 + i, 32),
    `${digits(timeMs)}${String(draws.below(1000)).padStart(3, '0')}`,
    1,
    `Vh${hex(user, 9)}`,
    draws.pick(['mozilla/4.0 (compatible; msie 8.0; windows nt 6.1)', 'mozilla/5.0 (windows)']),
    `118.${user % 200}.${(user * 7) % 250}.*`,
    draws.pick([15, 27, 164]),
    draws.pick([16, 28, 165]),
    draws.pick([1, 2, 3]),
    hex(400 + (item % 6), 32),
    hex(500 + draws.below(60), 32),
    'null',
    `mm_100${10_000 + (item % 13)}_2147`,
    draws.pick([300, 950]),
    draws.pick([250, 90]),
    draws.pick([0, 1, 2]),
    draws.pick([0, 1]),
    draws.pick([0, 5, 20]),
    hex(600 + item, 32),
    draws.pick([238, 277, 294]),
    20 + draws.below(120),
    hex(700, 32),
    draws.pick([1458, 3358, 3386]),
    draws.pick(['null', '10006', '10063,10006']),
  ])
  const times = visits.map(({ timeMs }, i) => timeMs + Number(String(rows[i]![1]).slice(-3)))
  return {
    file: 'imp.20130606.txt',
    body: table(null, rows, '\t'),
    truth: {
      kind: 'mapping',
      time: ['column_2'],
      timesMs: times,
      user: ['column_4'],
      item: ['column_19'],
      // Impressions alone: clicks are in a file of their own.
      readings: [{ event: 'column_3', shown: ['1'], outcomes: {} }],
      others: { eventId: ['column_1'], request: ['column_1'], value: ['column_20', 'column_21'] },
      hasHeader: false,
    },
  }
}

export function alibabaDisplay(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2017-05-06T00:00:00Z', positives: 0.06 })
  const rows = visits.map(({ user, item, timeMs, isPositive }) => [
    user * 4001,
    seconds(timeMs),
    item * 7019,
    draws.pick(['430548_1007', '430539_1007']),
    Number(!isPositive),
    Number(isPositive),
  ])
  return {
    file: 'raw_sample.csv',
    body: table(['user', 'time_stamp', 'adgroup_id', 'pid', 'nonclk', 'clk'], rows),
    truth: {
      kind: 'mapping',
      time: ['time_stamp'],
      timesMs: timesOf(visits),
      user: ['user'],
      item: ['adgroup_id'],
      readings: [{ labels: ['clk'], positive: '1' }],
      leaks: ['nonclk'],
    },
  }
}

/** Milliseconds count from the log's own start. */
export function outbrainViews(draws: Draws): LabelledLog {
  const visits = traffic(draws, { days: 1 })
  const startMs = visits[0]!.timeMs
  const rows = visits.map(({ user, item, timeMs }) => [
    hex(user, 14),
    item * 331,
    timeMs - startMs + 61 + draws.below(900),
    draws.pick([1, 2, 3]),
    draws.pick(['US>CA>807', 'GB>H9', 'CA>ON']),
    draws.pick([1, 2, 3]),
  ])
  const header = ['uuid', 'document_id', 'timestamp', 'platform', 'geo_location']
  return {
    file: 'page_views_sample.csv',
    body: table([...header, 'traffic_source'], rows),
    truth: {
      kind: 'mapping',
      time: ['order'],
      timesMs: [],
      user: ['uuid'],
      item: ['document_id'],
      readings: [{ everyRow: '*' }],
    },
  }
}

/** Slates of advertisements and which was clicked; who saw them is in another file. */
export function outbrainClicks(draws: Draws): LabelledLog {
  const rows = Array.from({ length: 80 }, (_, i) => {
    const chosen = draws.below(4)
    return Array.from({ length: 4 }, (_, at) => [
      i + 1,
      100 + Math.floor(200 * draws.uniform() ** 2),
      Number(at === chosen),
    ])
  }).flat()
  return {
    file: 'clicks_train.csv',
    body: table(['display_id', 'ad_id', 'clicked'], rows),
    truth: {
      ...nothing,
      item: ['ad_id'],
      readings: [{ labels: ['clicked'], positive: '1' }],
      others: { request: ['display_id'] },
    },
  }
}

/** A bidder's own log in JSON Lines, of a slot's impressions. */
export function bidderJson(draws: Draws): LabelledLog {
  const visits = traffic(draws, { items: 30 })
  const records = visits.map(({ user, item, timeMs, isPositive }, i) => ({
    impressionId: uuid(100_000 + i),
    ts: timeMs,
    device: { ifa: uuid(user), os: draws.pick(['iOS', 'Android']), model: `m${user % 12}` },
    creativeId: `cr-${item}`,
    campaignId: `c-${item % 6}`,
    slot: { size: draws.pick(['300x250', '728x90']), floor: 0.05 * (1 + draws.below(9)) },
    clicked: isPositive,
    clickLatencyMs: isPositive ? 200 + draws.below(4000) : null,
  }))
  return {
    file: 'impressions.ndjson',
    body: jsonLines(records),
    truth: {
      kind: 'mapping',
      time: ['ts'],
      timesMs: timesOf(visits),
      user: ['device.ifa'],
      item: ['creativeId'],
      readings: [{ labels: ['clicked'], positive: 'true' }],
      others: { eventId: ['impressionId'], request: ['impressionId'], value: ['slot.floor'] },
      leaks: ['clickLatencyMs'],
    },
  }
}
