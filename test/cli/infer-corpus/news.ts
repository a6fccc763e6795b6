import type { Draws } from '../../../cdk/cli/world/draws.ts'
import { day, hex, iso, jsonLines, seconds, table, timesOf, traffic } from './traffic.ts'
import type { LabelledLog } from './truth.ts'

/** Logs of news and of other feeds whose rows are slates or clicks. */

export function mind(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2019-11-11T00:00:00Z', rows: 200, users: 40 })
  const news = () => `N${1000 + Math.floor(300 * draws.uniform() ** 2)}`
  const rows = visits.map(({ user, timeMs }, i) => {
    const hour = new Date(timeMs).getUTCHours()
    const [year, month, dayOfMonth] = day(timeMs).split('-').map(Number)
    const clock = `${hour % 12 || 12}${iso(timeMs).slice(13, 19)} ${hour < 12 ? 'AM' : 'PM'}`
    const shown = [...new Set(Array.from({ length: 4 + draws.below(8) }, news))]
    const chosen = draws.below(shown.length)
    return [
      i + 1,
      `U${10_000 + user * 7}`,
      `${month}/${dayOfMonth}/${year} ${clock}`,
      Array.from({ length: draws.below(6) }, news).join(' '),
      shown.map((item, at) => `${item}-${Number(at === chosen)}`).join(' '),
    ]
  })
  return {
    file: 'behaviors.tsv',
    body: table(null, rows, '\t'),
    truth: {
      kind: 'mapping',
      time: ['column_3'],
      timesMs: timesOf(visits),
      user: ['column_2'],
      item: ['column_5[]'],
      readings: [{ slate: 'column_5', by: 'labelSuffix' }],
      others: { request: ['column_1'], eventId: ['column_1'] },
      hasHeader: false,
    },
  }
}

export function adressa(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2017-01-01T00:00:00Z', days: 2 })
  const records = visits.map(({ user, item, session, timeMs }, i) => ({
    eventId: 1_000_000_000 + i * 37,
    city: draws.pick(['trondheim', 'oslo', 'bergen']),
    activeTime: 1 + draws.below(160),
    url: `http://adressa.no/nyheter/article${item}.ece`,
    referrerHostClass: draws.pick(['direct', 'internal', 'social']),
    region: 'sor-trondelag',
    time: seconds(timeMs),
    userId: `cx:${hex(user, 24)}:${hex(user + 900, 11)}`,
    sessionStart: session % 7 === 0,
    sessionStop: draws.below(5) === 0,
    deviceType: draws.pick(['Desktop', 'Mobile', 'Tablet']),
    os: draws.pick(['Windows', 'Android', 'iPhone OS']),
    canonicalUrl: `http://adressa.no/article${item}`,
    documentId: hex(item + 3000, 40),
  }))
  return {
    file: '20170101',
    body: jsonLines(records),
    truth: {
      kind: 'mapping',
      time: ['time'],
      timesMs: timesOf(visits),
      user: ['userId'],
      item: ['documentId', 'url', 'canonicalUrl'],
      readings: [{ everyRow: '*' }],
      others: { eventId: ['eventId'], value: ['activeTime'] },
    },
  }
}

export function globo(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2017-10-01T00:00:00Z', days: 2 })
  const rows = visits.map(({ user, item, session, timeMs }) => [
    user,
    1_506_825_423_000_000 + session,
    timeMs - (session % 9) * 60_000,
    2 + (session % 5),
    100_000 + item * 13,
    timeMs,
    draws.pick([4, 4, 2]),
    draws.pick([1, 3]),
    draws.pick([2, 17, 20]),
    1,
    draws.pick([21, 13, 25]),
    draws.pick([1, 2, 5]),
  ])
  const header = ['user_id', 'session_id', 'session_start', 'session_size', 'click_article_id']
  const more = ['click_timestamp', 'click_environment', 'click_deviceGroup', 'click_os']
  const last = ['click_country', 'click_region', 'click_referrer_type']
  return {
    file: 'clicks_hour_000.csv',
    body: table([...header, ...more, ...last], rows),
    truth: {
      kind: 'mapping',
      time: ['click_timestamp'],
      timesMs: timesOf(visits),
      user: ['user_id'],
      item: ['click_article_id'],
      readings: [{ everyRow: '*' }],
      others: { request: ['session_id'] },
    },
  }
}
