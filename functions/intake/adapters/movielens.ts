import type { Adapter } from './adapter.ts'
import { splitPlain } from './split.ts'
import { numberIn, readTable } from './table.ts'

/**
 * A rating with at least this many stars is a like: the usual threshold for implicit feedback in
 * MovieLens.
 */
const LIKED_STARS = 4
/** RecBole's atomic files name a column `name:type`. */
const nameOf = (heading: string): string => heading.split(':')[0]!
const table = { split: splitPlain('\t'), nameOf }

/**
 * MovieLens as RecBole's atomic files (RecBole documentation, "Atomic Files"). A rating is an
 * impression. With four stars or more it is also the scene's objective, and its value is the stars.
 * A user's postal code is not read, and the age is kept only by decade.
 */
export const movielens: Adapter = {
  open(kind, scene) {
    if (kind === 'items')
      return readTable(
        { ...table, wanted: ['item_id', 'movie_title', 'release_year', 'class'] },
        (cell) => [
          {
            id: cell('item_id'),
            attributes: {
              title: cell('movie_title'),
              release_year: cell('release_year'),
              class: cell('class')!.split(' ').filter(Boolean),
            },
          },
        ],
      )
    if (kind === 'users')
      return readTable({ ...table, wanted: ['user_id', 'age', 'gender', 'occupation'] }, (cell) => {
        const age = numberIn('age', cell('age'))
        if (typeof age !== 'number') return age
        const decade = `${Math.floor(age / 10)}0s`
        return [
          {
            id: cell('user_id'),
            attributes: { age: decade, gender: cell('gender'), occupation: cell('occupation') },
          },
        ]
      })
    return readTable(
      { ...table, wanted: ['user_id', 'item_id', 'rating', 'timestamp'] },
      (cell) => {
        const stars = numberIn('rating', cell('rating'))
        if (typeof stars !== 'number') return stars
        const seconds = numberIn('timestamp', cell('timestamp'))
        if (typeof seconds !== 'number') return seconds
        const userId = cell('user_id')
        const itemId = cell('item_id')
        const timeMs = seconds * 1000
        const requestId = `${userId}-${itemId}-${seconds}`
        const about = { timeMs, userId, itemId, requestId }
        const impression = { type: 'impression', eventId: `${requestId}-shown`, ...about }
        if (stars < LIKED_STARS) return [impression]
        return [
          impression,
          {
            type: 'outcome',
            eventId: `${requestId}-rated`,
            ...about,
            outcome: scene.objective,
            value: stars,
          },
        ]
      },
    )
  },
}
