import type { Draws } from '../../../cdk/cli/world/draws.ts'
import { HOUR_MS, MINUTE_MS } from '../../../functions/contract/time.ts'
import { byUser, day, floored, iso, seconds, table, timesOf, traffic } from './traffic.ts'
import type { LabelledLog } from './truth.ts'

/** Logs of video services. */

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

/** Visits to a video service, whose clock has minutes alone and days first. */
export function minutesOnly(draws: Draws): LabelledLog {
  const visits = traffic(draws, { days: 14 })
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
