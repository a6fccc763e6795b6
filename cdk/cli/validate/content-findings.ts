import { type Found, finding, number, percent } from './finding.ts'
import type { Profile } from './profile.ts'

/** What the log is about: findings of its users, items, fields and kinds of event. */

/** A test account, a bot, a default value, or a column that is none of users or items. */
const MOST_OF_ONE = 0.2
const FEW_EVENTS = 100

/** Whether one user or one item is most of it. */
export function crowds({ most, events: made }: Profile): Found {
  const total = made.impressions + Object.values(made.outcomes).reduce((a, b) => a + b, 0)
  if (total < FEW_EVENTS) return []
  return (['user', 'item'] as const).map((kind) => {
    const share = most[kind] / total
    return (
      share > MOST_OF_ONE &&
      finding(
        'warning',
        `one-${kind}`,
        `one ${kind} has ${percent(share)} of all events (${number(most[kind])}): a test account, a bot, a word for nothing, or a column that holds no ${kind}s`,
      )
    )
  })
}

/** What is in the log and not learned from, and what is to be learned from and not in the log. */
export function fields({ fields: { unread, unfilled }, accepted, format }: Profile): Found {
  if (accepted === 0) return []
  return [
    unread.length > 0 &&
      finding(
        // What a person has mapped is meant to be learned from.
        format === 'csv' ? 'warning' : 'note',
        'unread-fields',
        `no feature of the scene reads ${unread.join(', ')}: nothing is learned from ${unread.length === 1 ? 'it' : 'them'}`,
      ),
    unfilled.length > 0 &&
      finding(
        'warning',
        'empty-features',
        `no record fills what these features read: ${unfilled.map(({ feature, source }) => `${feature} (${source})`).join(', ')}`,
      ),
  ]
}

/** What is said to have happened, and means nothing to the scene. */
export function kinds({ unknownKinds }: Profile): Found {
  const found = Object.entries(unknownKinds).sort(([, a], [, b]) => b - a)
  const listed = found.map(([value, count]) => `"${value}" ${number(count)}`).join(', ')
  return [
    found.length > 0 &&
      finding(
        'warning',
        'unknown-kinds',
        `records say that they are what nothing maps: ${listed}; map them to impressions or outcomes of the scene`,
      ),
  ]
}
