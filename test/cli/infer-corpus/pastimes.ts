import type { Draws } from '../../../cdk/cli/world/draws.ts'
import { byUser, hex, jsonLines, seconds, table, timesOf, traffic, uuid } from './traffic.ts'
import type { LabelledLog } from './truth.ts'

/** Logs of what people drink, watch, hear and read. */

/** Five marks of one beer: the overall one is what the taster thinks of it. */
export function beerReviews(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2009-02-16T00:00:00Z' })
  const mark = (stars: number) => Math.max(1, stars - draws.pick([0, 0.5])).toFixed(1)
  const rows = visits.map(({ user, item, stars, timeMs }) => [
    10_000 + (item % 12),
    `"Brewery No. ${item % 12}, Ltd"`,
    seconds(timeMs),
    mark(stars),
    mark(stars),
    mark(stars),
    `taster${user}`,
    draws.pick(['Hefeweizen', 'English Strong Ale', 'American IPA']),
    mark(stars),
    mark(stars),
    `Brew ${item}`,
    (4 + (item % 9) * 0.5).toFixed(1),
    47_000 + item,
  ])
  const header = ['brewery_id', 'brewery_name', 'review_time', 'review_overall', 'review_aroma']
  const more = ['review_appearance', 'review_profilename', 'beer_style', 'review_palate']
  const last = ['review_taste', 'beer_name', 'beer_abv', 'beer_beerid']
  return {
    file: 'beer_reviews.csv',
    body: table([...header, ...more, ...last], rows),
    truth: {
      kind: 'mapping',
      time: ['review_time'],
      timesMs: timesOf(visits),
      user: ['review_profilename'],
      item: ['beer_beerid', 'beer_name'],
      readings: [{ labels: ['review_overall'], atLeast: [3.5, 5] }],
      hindsight: ['review_aroma', 'review_appearance', 'review_palate', 'review_taste'],
    },
  }
}

/** A mark of -1 means that it was watched and not rated. */
export function anime(draws: Draws): LabelledLog {
  const rows = byUser(traffic(draws)).map(({ user, item, stars }) => [
    user,
    item * 37,
    draws.pick([-1, stars * 2, stars * 2, stars * 2 - 1]),
  ])
  return {
    file: 'rating.csv',
    body: table(['user_id', 'anime_id', 'rating'], rows),
    truth: {
      kind: 'mapping',
      time: ['order'],
      timesMs: [],
      user: ['user_id'],
      item: ['anime_id'],
      readings: [{ labels: ['rating'], atLeast: [6, 9] }],
    },
  }
}

/** Whether a song was heard again within a month. */
export function kkBox(draws: Draws): LabelledLog {
  const rows = traffic(draws, { positives: 0.5 }).map(({ user, item, isPositive }) => [
    `${Buffer.from(hex(user, 32), 'hex').toString('base64')}`,
    `${Buffer.from(hex(900 + item, 32), 'hex').toString('base64')}`,
    draws.pick(['explore', 'my library', 'search', '']),
    draws.pick(['Explore', 'Local playlist more', 'Search']),
    draws.pick(['online-playlist', 'local-library', 'album']),
    Number(isPositive),
  ])
  const header = ['msno', 'song_id', 'source_system_tab', 'source_screen_name', 'source_type']
  return {
    file: 'train.csv',
    body: table([...header, 'target'], rows),
    truth: {
      kind: 'mapping',
      time: ['order'],
      timesMs: [],
      user: ['msno'],
      item: ['song_id'],
      readings: [{ labels: ['target'], positive: '1' }],
    },
  }
}

/** Plays by user and artist, counted over all time. */
export function lastFm360k(draws: Draws): LabelledLog {
  const pairs = new Set(traffic(draws, { rows: 400 }).map(({ user, item }) => `${user} ${item}`))
  const rows = [...pairs].sort().map((pair) => {
    const [user, item] = pair.split(' ').map(Number) as [number, number]
    return [hex(user, 40), uuid(item), `artist no. ${item}`, 1 + draws.below(900)]
  })
  return {
    file: 'usersha1-artmbid-artname-plays.tsv',
    body: table(null, rows, '\t'),
    truth: {
      kind: 'mapping',
      time: ['order'],
      timesMs: [],
      user: ['column_1'],
      item: ['column_2', 'column_3', 'column_2|column_3'],
      readings: [{ everyRow: '*' }, { labels: ['column_4'], atLeast: [1, 500] }],
      others: { value: ['column_4'] },
      hasHeader: false,
    },
  }
}

/** Tenths of a rating's scale are whole here: marks of ten, cut by two colons. */
export function movieTweetings(draws: Draws): LabelledLog {
  const visits = byUser(traffic(draws, { from: '2013-03-01T00:00:00Z', days: 4 }))
  const rows = visits.map(({ user, item, stars, timeMs }) => [
    user,
    String(100_000 + item * 97).padStart(7, '0'),
    stars * 2 - draws.below(2),
    seconds(timeMs),
  ])
  return {
    file: 'ratings.dat',
    body: table(null, rows, '::'),
    truth: {
      kind: 'mapping',
      time: ['column_4'],
      timesMs: timesOf(visits),
      user: ['column_1'],
      item: ['column_2'],
      readings: [{ labels: ['column_3'], atLeast: [6, 9] }],
      hasHeader: false,
    },
  }
}

/** Who wrote where, and when: nothing else. */
export function redditPosts(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2016-11-01T00:00:00Z' })
  const topics = ['AskReddit', 'nba', 'gaming', 'europe', 'chess', 'DIY', 'aww', 'space']
  const rows = visits.map(({ user, item, timeMs }) => [
    `redditor_${user}`,
    topics[item % topics.length]!,
    seconds(timeMs),
  ])
  return {
    file: 'reddit_data.csv',
    body: table(['username', 'subreddit', 'utc'], rows),
    truth: {
      kind: 'mapping',
      time: ['utc'],
      timesMs: timesOf(visits),
      user: ['username'],
      item: ['subreddit'],
      readings: [{ everyRow: '*' }],
    },
  }
}

/** Amazon's reviews of 2023: milliseconds, and words around the stars. */
export function amazonReviews2023(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2020-05-05T00:00:00Z' })
  const records = visits.map(({ user, item, stars, timeMs }) => ({
    rating: stars,
    title: draws.pick(['Such a lovely scent', 'Works', 'Meh']),
    text: draws.pick(['This spray is really nice.', 'Fine for the price', 'It broke.']),
    images: [],
    asin: `B0${hex(item, 8).toUpperCase()}`,
    parent_asin: `B0${hex(300 + (item % 30), 8).toUpperCase()}`,
    user_id: `AE${hex(user, 26).toUpperCase()}`,
    timestamp: timeMs + draws.below(1000),
    helpful_vote: draws.pick([0, 0, 0, 2]),
    verified_purchase: draws.below(4) > 0,
  }))
  return {
    file: 'All_Beauty.jsonl',
    body: jsonLines(records),
    truth: {
      kind: 'mapping',
      time: ['timestamp'],
      timesMs: records.map(({ timestamp }) => timestamp),
      user: ['user_id'],
      item: ['asin', 'parent_asin'],
      readings: [{ labels: ['rating'], atLeast: [3.5, 5] }],
      hindsight: ['title', 'text', 'helpful_vote'],
    },
  }
}
