import type { Draws } from '../../../cdk/cli/world/draws.ts'
import { DAY_MS } from '../../../functions/contract/time.ts'
import {
  byUser,
  columns,
  day,
  floored,
  hex,
  jsonLines,
  seconds,
  stamp,
  table,
  timesOf,
  traffic,
  type Visit,
} from './traffic.ts'
import type { LabelledLog, Truth } from './truth.ts'

/** Ratings and reviews. */

/** Of five stars, what is liked begins at four; some would say three and a half. */
const liked = (column: string) => [{ labels: [column], atLeast: [3.5, 5] as const }]
const OLD = { from: '2000-04-25T00:00:00Z', days: 4 }

function starred(
  visits: readonly Visit[],
  [user, item, rating, time]: readonly [string, string, string, string],
): Truth {
  return {
    kind: 'mapping',
    time: [time],
    timesMs: time === 'order' ? [] : timesOf(visits),
    user: [user],
    item: [item],
    readings: liked(rating),
  }
}

export function movieLens1m(draws: Draws): LabelledLog {
  const visits = byUser(traffic(draws, OLD))
  const rows = visits.map((visit) => [visit.user, visit.item, visit.stars, seconds(visit.timeMs)])
  const [user, item, rating, time] = columns(4) as [string, string, string, string]
  return {
    file: 'ratings.dat',
    body: table(null, rows, '::'),
    truth: { ...starred(visits, [user, item, rating, time]), hasHeader: false },
  }
}

export function movieLens100k(draws: Draws): LabelledLog {
  const visits = traffic(draws, { ...OLD, from: '1997-09-20T00:00:00Z' })
  const rows = visits.map(({ user, item, stars, timeMs }) => [user, item, stars, seconds(timeMs)])
  const [user, item, rating, time] = columns(4) as [string, string, string, string]
  return {
    file: 'u.data',
    body: table(null, rows, '\t'),
    truth: { ...starred(visits, [user, item, rating, time]), hasHeader: false },
  }
}

export function movieLens25m(draws: Draws): LabelledLog {
  const visits = byUser(traffic(draws, { ...OLD, from: '2006-05-17T00:00:00Z' }))
  const rows = visits.map(({ user, item, stars, timeMs }) => [
    user,
    item,
    (stars - draws.pick([0, 0.5])).toFixed(1),
    seconds(timeMs),
  ])
  return {
    file: 'ratings.csv',
    body: table(['userId', 'movieId', 'rating', 'timestamp'], rows),
    truth: starred(visits, ['userId', 'movieId', 'rating', 'timestamp']),
  }
}

/** Headings such as Amazon Personalize has, and a rating beside them. */
export function courseRatings(draws: Draws): LabelledLog {
  const visits = traffic(draws)
  const rows = visits.map(({ user, item, stars, timeMs }) => [user, item, stars, seconds(timeMs)])
  return {
    file: 'ratings.csv',
    body: table(['user_id', 'item_id', 'rating', 'timestamp'], rows),
    truth: starred(visits, ['user_id', 'item_id', 'rating', 'timestamp']),
  }
}

const REVIEWS = ['Works as it should', 'Broke after a week, sadly', 'My daughter loves it']
const asin = (item: number): string => `B00${hex(item, 7).toUpperCase()}`
const reviewer = (user: number): string => `A${hex(user, 13).toUpperCase()}`

export function amazonReviews(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2013-02-01T00:00:00Z', days: 30 }).map((visit) => ({
    ...visit,
    timeMs: Math.floor(visit.timeMs / DAY_MS) * DAY_MS,
  }))
  const records = visits.map(({ user, item, stars, timeMs }) => {
    const [year, month, dayOfMonth] = day(timeMs).split('-') as [string, string, string]
    return {
      reviewerID: reviewer(user),
      asin: asin(item),
      reviewerName: `Reader ${user}`,
      helpful: [draws.below(3), draws.below(5)],
      reviewText: draws.pick(REVIEWS),
      overall: stars,
      summary: draws.pick(['Good', 'Not for me', 'Five Stars']),
      unixReviewTime: seconds(timeMs),
      reviewTime: `${month} ${Number(dayOfMonth)}, ${year}`,
    }
  })
  const truth = starred(visits, ['reviewerID', 'asin', 'overall', 'unixReviewTime'])
  return {
    file: 'reviews_Musical_Instruments_5.json',
    body: jsonLines(records),
    truth: {
      ...truth,
      time: ['unixReviewTime', 'reviewTime'],
      hindsight: ['reviewText', 'summary'],
    },
  }
}

export function amazonRatings(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2012-02-01T00:00:00Z', days: 30 }).map((visit) => ({
    ...visit,
    timeMs: Math.floor(visit.timeMs / DAY_MS) * DAY_MS,
  }))
  const rows = visits.map(({ user, item, stars, timeMs }) => [
    reviewer(user),
    asin(item),
    `${stars}.0`,
    seconds(timeMs),
  ])
  const [user, item, rating, time] = columns(4) as [string, string, string, string]
  return {
    file: 'ratings_Beauty.csv',
    body: table(null, rows),
    truth: { ...starred(visits, [user, item, rating, time]), hasHeader: false },
  }
}

/** Latin-1; a mark of nothing means that the book was read and not rated. */
export function bookCrossing(draws: Draws): LabelledLog {
  const visits = byUser(traffic(draws))
  const titles = ['Café Müller', 'El Niño', 'Der Vorleser', 'Ensaio sobre a cegueira à toa']
  const quoted = (cells: readonly (string | number)[]) => cells.map((cell) => `"${cell}"`)
  const rows = visits.map(({ user, item, stars }) =>
    quoted([
      276_000 + user,
      String(34_000_000 + item * 1_000_003).padStart(10, '0'),
      titles[item % titles.length]!,
      draws.pick([0, 0, 5, stars * 2, stars * 2, stars * 2]),
    ]),
  )
  const header = quoted(['User-ID', 'ISBN', 'Book-Title', 'Book-Rating'])
  return {
    file: 'BX-Book-Ratings.csv',
    body: Buffer.from(table(header, rows, ';'), 'latin1'),
    truth: {
      ...starred(visits, ['User-ID', 'ISBN', 'Book-Rating', 'order']),
      readings: [{ labels: ['Book-Rating'], atLeast: [6, 9] }],
      encoding: 'windows-1252',
    },
  }
}

export function netflix(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2005-09-06T00:00:00Z', days: 30 })
  const rows = visits
    .toSorted((a, b) => a.item - b.item)
    .map(({ user, item, stars, timeMs }) => [item, 1_488_000 + user * 37, stars, day(timeMs)])
  return {
    file: 'netflix_ratings.csv',
    body: table(['movie_id', 'customer_id', 'rating', 'date'], rows),
    truth: {
      ...starred(visits, ['customer_id', 'movie_id', 'rating', 'date']),
      timesMs: floored(visits, DAY_MS),
    },
  }
}

export function goodreads(draws: Draws): LabelledLog {
  const visits = byUser(traffic(draws))
  const rows = visits.map(({ user, item, stars, isPositive }) => {
    const isRead = draws.below(3) > 0
    return [user, item * 13, Number(isRead), isRead ? stars : 0, Number(isRead && isPositive)]
  })
  return {
    file: 'goodreads_interactions.csv',
    body: table(['user_id', 'book_id', 'is_read', 'rating', 'is_reviewed'], rows),
    truth: {
      ...starred(visits, ['user_id', 'book_id', 'rating', 'order']),
      readings: [
        ...liked('rating'),
        { labels: ['is_read'], positive: '1' },
        { labels: ['is_read', 'is_reviewed'], positive: '1' },
      ],
      leaks: ['is_reviewed'],
    },
  }
}

export function yelp(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2018-07-07T00:00:00Z', days: 5 })
  const id = (number: number) => Buffer.from(hex(number, 22)).toString('base64').slice(0, 22)
  const records = visits.map(({ user, item, stars, timeMs }, i) => ({
    review_id: id(i + 1_000_000),
    user_id: id(user),
    business_id: id(item + 5000),
    stars,
    useful: draws.below(3),
    funny: draws.below(2),
    cool: draws.below(2),
    text: draws.pick(REVIEWS),
    date: stamp(timeMs),
  }))
  return {
    file: 'yelp_academic_dataset_review.json',
    body: jsonLines(records),
    truth: {
      ...starred(visits, ['user_id', 'business_id', 'stars', 'date']),
      others: { eventId: ['review_id'] },
      hindsight: ['text', 'useful', 'funny', 'cool'],
    },
  }
}

export function filmTrust(draws: Draws): LabelledLog {
  const visits = byUser(traffic(draws))
  const rows = visits.map(({ user, item, stars }) => [user, item, draws.pick([stars, stars - 0.5])])
  const [user, item, rating] = columns(3) as [string, string, string]
  return {
    file: 'ratings.txt',
    body: table(null, rows, ' '),
    truth: {
      ...starred(visits, [user, item, rating, 'order']),
      readings: [{ labels: [rating], atLeast: [2.5, 4.5] }],
      hasHeader: false,
    },
  }
}

/** A spreadsheet's export: semicolons, decimal commas, marks of ten, days first. */
export function decimalComma(draws: Draws): LabelledLog {
  const visits = traffic(draws, { days: 40 })
  const rows = visits.map(({ user, item, stars, timeMs }) => [
    `k${user}`,
    `art${item}`,
    `${stars * 2 - 1},${draws.pick([0, 5])}`,
    day(timeMs).split('-').reverse().join('.'),
  ])
  return {
    file: 'bewertungen.csv',
    body: table(['Kunde', 'Artikel', 'Bewertung', 'Datum'], rows, ';'),
    truth: {
      ...starred(visits, ['Kunde', 'Artikel', 'Bewertung', 'Datum']),
      timesMs: floored(visits, DAY_MS),
      readings: [{ labels: ['Bewertung'], atLeast: [6, 9] }],
    },
  }
}
