import type { Draws } from '../../../cdk/local/world/draws.ts'
import { HOUR_MS, MINUTE_MS } from '../../../functions/contract/time.ts'
import {
  byUser,
  day,
  floored,
  hex,
  iso,
  jsonLines,
  lines,
  seconds,
  table,
  timesOf,
  traffic,
  uuid,
} from './traffic.ts'
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

export function tenrec(draws: Draws): LabelledLog {
  const visits = byUser(traffic(draws, { positives: 0.3 }))
  const rows = visits.map(({ user, item, isPositive }) => {
    const after = () => Number(isPositive && draws.below(8) === 0)
    const watched = isPositive ? 1 + draws.below(3) : 0
    return [
      user,
      item,
      ...[Number(isPositive), after(), after(), after()],
      item % 3,
      watched,
      1 + (user % 2),
      user % 8,
    ]
  })
  const header = ['user_id', 'item_id', 'click', 'follow', 'like', 'share', 'video_category']
  return {
    file: 'QB-video.csv',
    body: table([...header, 'watching_times', 'gender', 'age'], rows),
    truth: {
      kind: 'mapping',
      time: ['order'],
      timesMs: [],
      user: ['user_id'],
      item: ['item_id'],
      readings: [{ labels: ['click'], positive: '1' }],
      leaks: ['follow', 'like', 'share', 'watching_times'],
    },
  }
}

/** `time` is Peking's clock, `timestamp` says the same without a doubt. */
export function kuaiRec(draws: Draws): LabelledLog {
  const visits = byUser(traffic(draws, { from: '2020-07-05T00:00:00Z' }))
  const rows = visits.map(({ user, item, timeMs }) => {
    const local = iso(timeMs + 8 * HOUR_MS)
    const duration = 5000 + (item % 40) * 777
    const played = draws.below(duration * 2)
    return [
      user,
      item,
      played,
      duration,
      local.slice(0, 23).replace('T', ' '),
      local.slice(0, 10).replaceAll('-', ''),
      `${seconds(timeMs)}.0`,
      (played / duration).toFixed(6),
    ]
  })
  const header = ['user_id', 'video_id', 'play_duration', 'video_duration', 'time', 'date']
  return {
    file: 'small_matrix.csv',
    body: table([...header, 'timestamp', 'watch_ratio'], rows),
    truth: {
      kind: 'mapping',
      time: ['timestamp', 'time'],
      timesMs: timesOf(visits),
      user: ['user_id'],
      item: ['video_id'],
      readings: [
        { everyRow: '*' },
        { labels: ['watch_ratio'], atLeast: [0.3, 2] },
        { labels: ['play_duration'], atLeast: [1, 60_000] },
      ],
      others: { value: ['play_duration', 'watch_ratio'] },
      leaks: ['play_duration', 'watch_ratio'],
    },
  }
}

export function kuaiRand(draws: Draws): LabelledLog {
  const visits = byUser(traffic(draws, { from: '2022-04-08T00:00:00Z', positives: 0.4 }))
  const rows = visits.map(({ user, item, timeMs, isPositive }) => {
    const local = iso(timeMs + 8 * HOUR_MS)
    const after = (odds: number) => Number(isPositive && draws.below(odds) === 0)
    return [
      user,
      item * 97,
      local.slice(0, 10).replaceAll('-', ''),
      Number(local.slice(11, 13)) * 100,
      timeMs,
      Number(isPositive),
      ...[after(12), after(40), after(40), after(60), after(90), after(2)],
      isPositive ? 500 + draws.below(60_000) : 0,
      8000 + (item % 30) * 1111,
      isPositive ? draws.pick([0, 0, 900]) : 0,
      isPositive ? draws.pick([0, 0, 0, 1200]) : 0,
      after(20),
      0,
      draws.pick([0, 1, 1, 2]),
    ]
  })
  const header = ['user_id', 'video_id', 'date', 'hourmin', 'time_ms', 'is_click', 'is_like']
  const after = ['is_follow', 'is_comment', 'is_forward', 'is_hate', 'long_view', 'play_time_ms']
  const last = ['duration_ms', 'profile_stay_time', 'comment_stay_time', 'is_profile_enter']
  return {
    file: 'log_standard_4_08_to_4_21_pure.csv',
    body: table([...header, ...after, ...last, 'is_rand', 'tab'], rows),
    truth: {
      kind: 'mapping',
      time: ['time_ms'],
      timesMs: timesOf(visits),
      user: ['user_id'],
      item: ['video_id'],
      readings: [{ labels: ['is_click'], positive: '1' }],
      leaks: [
        ...['is_like', 'is_follow', 'is_comment', 'is_forward', 'is_hate', 'long_view'],
        ...['play_time_ms', 'profile_stay_time', 'comment_stay_time', 'is_profile_enter'],
      ],
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

/** Visits to a video service, whose clock has minutes alone and days first. */
export function minutesOnly(draws: Draws): LabelledLog {
  const visits = traffic(draws, { days: 40 })
  const rows = visits.map(({ user, item, timeMs, isPositive }) => {
    const [year, month, dayOfMonth] = day(timeMs).split('-')
    return [
      `${dayOfMonth}/${month}/${year} ${iso(timeMs).slice(11, 16)}`,
      `v-${user}`,
      `clip-${item}`,
      isPositive ? 'yes' : 'no',
    ]
  })
  return {
    file: 'plays.csv',
    body: table(['watchedAt', 'viewerId', 'videoId', 'liked'], rows, '|'),
    truth: {
      kind: 'mapping',
      time: ['watchedAt'],
      timesMs: floored(visits, MINUTE_MS),
      user: ['viewerId'],
      item: ['videoId'],
      readings: [{ labels: ['liked'], positive: 'yes' }],
    },
  }
}
