import type { Draws } from '../../../cdk/cli/world/draws.ts'
import { HOUR_MS } from '../../../functions/contract/time.ts'
import { byUser, hex, iso, lines, seconds, table, timesOf, traffic, uuid } from './traffic.ts'
import type { LabelledLog } from './truth.ts'

/** Logs of news, video, music and places. */

/** The track's id is often missing: its name always stands there. */
export function lastFm(draws: Draws): LabelledLog {
  const visits = byUser(traffic(draws, { from: '2009-05-04T00:00:00Z', users: 12 })).toReversed()
  const rows = visits.map(({ user, item, timeMs }) => [
    `user_${String(user).padStart(6, '0')}`,
    iso(timeMs).replace('.000', ''),
    uuid(item % 25),
    ['Deep Dish', 'Underworld', '坂本龍一', 'Björk'][item % 4]!,
    item % 4 === 0 ? '' : uuid(1000 + item),
    `Track No. ${item} (Live)`,
  ])
  return {
    file: 'userid-timestamp-artid-artname-traid-traname.tsv',
    body: table(null, rows, '\t'),
    truth: {
      kind: 'mapping',
      time: ['column_2'],
      timesMs: timesOf(visits),
      user: ['column_1'],
      item: ['column_5', 'column_6', 'column_5|column_6', 'column_3', 'column_3+column_6'],
      readings: [{ everyRow: '*' }],
      hasHeader: false,
    },
  }
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

const WEEKDAYS = 'Sun Mon Tue Wed Thu Fri Sat'.split(' ')

export function foursquare(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2012-04-03T00:00:00Z' })
  const rows = visits.map(({ user, item, timeMs }) => {
    const date = new Date(timeMs)
    const clock = iso(timeMs).slice(11, 19)
    const dayOfMonth = iso(timeMs).slice(8, 10)
    return [
      user,
      hex(item, 24),
      hex(500 + (item % 9), 24),
      ['Bar', 'Home (private)', 'Subway', 'Coffee Shop'][item % 4]!,
      (40.5 + (item % 50) * 0.0091).toFixed(6),
      (-74.1 + (item % 37) * 0.0113).toFixed(6),
      -240,
      `${WEEKDAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${dayOfMonth} ${clock} +0000 ${date.getUTCFullYear()}`,
    ]
  })
  return {
    file: 'dataset_TSMC2014_NYC.txt',
    body: table(null, rows, '\t'),
    truth: {
      kind: 'mapping',
      time: ['column_8'],
      timesMs: timesOf(visits),
      user: ['column_1'],
      item: ['column_2'],
      readings: [{ everyRow: '*' }],
      hasHeader: false,
    },
  }
}

export function gowalla(draws: Draws): LabelledLog {
  const visits = byUser(traffic(draws, { from: '2010-10-10T00:00:00Z' }))
  const rows = visits.map(({ user, item, timeMs }) => [
    user - 1,
    iso(timeMs).replace('.000', ''),
    (30.2 + (item % 60) * 0.00137).toFixed(10),
    (-97.7 - (item % 41) * 0.00219).toFixed(10),
    item * 2203,
  ])
  return {
    file: 'Gowalla_totalCheckins.txt',
    body: table(null, rows, '\t'),
    truth: {
      kind: 'mapping',
      time: ['column_2'],
      timesMs: timesOf(visits),
      user: ['column_1'],
      item: ['column_5'],
      readings: [{ everyRow: '*' }],
      hasHeader: false,
    },
  }
}

export function delicious(draws: Draws): LabelledLog {
  const visits = byUser(traffic(draws, { from: '2010-11-01T00:00:00Z', users: 25 }))
  const rows = visits.map(({ user, item, timeMs }) => [user * 8, item, 1 + (item % 40), timeMs])
  return {
    file: 'user_taggedbookmarks-timestamps.dat',
    body: table(['userID', 'bookmarkID', 'tagID', 'timestamp'], rows, '\t'),
    truth: {
      kind: 'mapping',
      time: ['timestamp'],
      timesMs: timesOf(visits),
      user: ['userID'],
      item: ['bookmarkID'],
      readings: [{ everyRow: '*' }],
    },
  }
}

/** A day is all that it says of time; its sessions are its users. */
export function spotify(draws: Draws): LabelledLog {
  const rows = Array.from({ length: 25 }, (_, session) =>
    Array.from({ length: 12 }, (_place, at) => {
      const skipped = [0.25, 0.4, 0.55].map((share) => draws.uniform() < share)
      const track = Math.floor(60 * draws.uniform() ** 2)
      return [
        `${session}_${uuid(session)}`,
        at + 1,
        12,
        `t_${uuid(2000 + track)}`,
        ...skipped.map(String),
        String(!skipped.includes(true)),
        draws.pick([0, 1]),
        8 + (session % 14),
        `2018-07-${String(10 + (session % 6)).padStart(2, '0')}`,
        draws.pick(['true', 'false']),
        draws.pick(['editorial_playlist', 'radio', 'user_collection']),
        draws.pick(['trackdone', 'fwdbtn', 'clickrow']),
      ]
    }),
  ).flat()
  const header = ['session_id', 'session_position', 'session_length', 'track_id_clean']
  const after = ['skip_1', 'skip_2', 'skip_3', 'not_skipped', 'context_switch', 'hour_of_day']
  const last = ['date', 'premium', 'context_type', 'hist_user_behavior_reason_start']
  return {
    file: 'log_mini.csv',
    body: table([...header, ...after, ...last], rows),
    truth: {
      kind: 'mapping',
      time: ['date', 'date+hour_of_day'],
      timesMs: rows.flatMap((row) => {
        const date = Date.parse(String(row[10]))
        return [date, date + Number(row[9]) * HOUR_MS]
      }),
      user: ['session_id'],
      item: ['track_id_clean'],
      readings: [{ labels: ['not_skipped'], positive: 'true' }, { everyRow: '*' }],
      others: { position: ['session_position'] },
      leaks: ['skip_1', 'skip_2', 'skip_3'],
    },
  }
}

/** Games by name, and what was done with them: bought, or played for so many hours. */
export function steam(draws: Draws): LabelledLog {
  const games = ['Dota 2', '"Half-Life 2, Episode One"', 'The Elder Scrolls V Skyrim', 'Portal']
  const rows = byUser(traffic(draws)).flatMap(({ user, item, isPositive }) => {
    const game = item < 5 ? games[item - 1]! : `Game ${item}`
    const bought = [151_603_000 + user * 17, game, 'purchase', '1.0', 0]
    const hours = (draws.below(900) / 10).toFixed(1)
    return isPositive ? [bought] : [bought, [bought[0]!, game, 'play', hours, 0]]
  })
  return {
    file: 'steam-200k.csv',
    body: table(null, rows),
    truth: {
      kind: 'mapping',
      time: ['order'],
      timesMs: [],
      user: ['column_1'],
      item: ['column_2'],
      readings: [{ event: 'column_3', shown: [], outcomes: { purchase: 'purchase' } }],
      others: { value: ['column_4'] },
      hasHeader: false,
    },
  }
}

/** One session a line, with all its events: rows of their own, which no mapping reaches into. */
export function otto(draws: Draws): LabelledLog {
  const visits = byUser(traffic(draws, { from: '2022-08-01T00:00:00Z' }))
  const sessions = Map.groupBy(visits, ({ user }) => user)
  const text = [...sessions].flatMap(([user, list]) =>
    [0, 1].map((half) =>
      JSON.stringify({
        session: user * 10 + half,
        events: list
          .filter((_, i) => i % 2 === half)
          .map(({ item, timeMs }) => ({
            aid: item * 997,
            ts: timeMs,
            type: draws.pick(['clicks', 'clicks', 'clicks', 'carts', 'orders']),
          })),
      }),
    ),
  )
  return {
    file: 'otto-recsys-train.jsonl',
    body: lines(text),
    truth: {
      kind: 'none',
      // The nearest that a mapping says: the session as one list, at its first event's time.
      time: ['events.0.ts'],
      timesMs: timesOf(visits),
      user: ['session'],
      item: ['events[aid]'],
      readings: [],
    },
  }
}

export function trivago(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2018-11-01T00:00:00Z' })
  const rows = visits.map(({ user, item, session, timeMs }, i) => {
    const hotel = item * 5003
    const isClick = draws.below(3) === 0
    const shown = [...new Set([hotel, ...Array.from({ length: 8 }, () => draws.below(80) * 5003)])]
    const list = shown.sort((a, b) => (a % 997) - (b % 997))
    return [
      hex(user, 12).toUpperCase(),
      hex(session, 13),
      seconds(timeMs),
      1 + (i % 20),
      isClick
        ? 'clickout item'
        : draws.pick(['interaction item image', 'interaction item info', 'search for item']),
      hotel,
      draws.pick(['AU', 'BR', 'DE']),
      draws.pick(['"Sydney, Australia"', '"São Paulo, Brazil"']),
      draws.pick(['mobile', 'desktop', 'tablet']),
      draws.pick(['', 'Focus on Distance|Sort By Price']),
      isClick ? list.join('|') : '',
      isClick ? list.map((one) => 40 + (one % 90)).join('|') : '',
    ]
  })
  const header = ['user_id', 'session_id', 'timestamp', 'step', 'action_type', 'reference']
  const more = ['platform', 'city', 'device', 'current_filters', 'impressions', 'prices']
  return {
    file: 'trivago_train.csv',
    body: table([...header, ...more], rows),
    truth: {
      kind: 'mapping',
      time: ['timestamp'],
      timesMs: timesOf(visits),
      user: ['user_id'],
      item: ['impressions[]', 'reference'],
      readings: [
        { slate: 'impressions', by: 'chosen' },
        { event: 'action_type', shown: [], outcomes: { 'clickout item': 'click' } },
      ],
      others: { request: ['session_id'] },
    },
  }
}
