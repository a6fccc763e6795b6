import { type Found, finding, number, percent } from './finding.ts'
import type { Profile } from './profile.ts'

/** Findings about users, items, fields and event types. */

/** Above this share, one user or item is a test account, a bot, a default value or a wrong column. */
const MOST_OF_ONE = 0.2
const FEW_EVENTS = 100

/** Whether one user or one item has a large share of the events. */
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
        `one ${kind} has ${percent(share)} of all events (${number(most[kind])}): a test account, a bot, a placeholder, or a column that does not hold ${kind}s`,
      )
    )
  })
}

/** Fields that no feature reads, and features whose field the log does not have. */
export function fields({ fields: { unread, unfilled }, accepted, format }: Profile): Found {
  if (accepted === 0) return []
  return [
    unread.length > 0 &&
      finding(
        // A mapped field is meant to be used.
        format === 'csv' ? 'warning' : 'note',
        'unread-fields',
        `no feature of the scene reads ${unread.join(', ')}: ${unread.length === 1 ? 'it is' : 'they are'} not used in training`,
      ),
    unfilled.length > 0 &&
      finding(
        'warning',
        'empty-features',
        `no record has the fields that these features read: ${unfilled.map(({ feature, source }) => `${feature} (${source})`).join(', ')}`,
      ),
  ]
}

/** Event types that neither the scene nor a mapping knows. */
export function kinds({ unknownKinds }: Profile): Found {
  const found = Object.entries(unknownKinds).sort(([, a], [, b]) => b - a)
  const listed = found.map(([value, count]) => `"${value}" ${number(count)}`).join(', ')
  return [
    found.length > 0 &&
      finding(
        'warning',
        'unknown-kinds',
        `records have event types that are not mapped: ${listed}; map them to impressions or outcomes of the scene`,
      ),
  ]
}
