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

/** Below this share of events with the field, features that count by it see too little. */
const MOST = 0.5

/** How the events of a format get a field of their context. */
const WAYS: { [format in Profile['format']]?: (event: string, name: string) => string } = {
  jsonl: (event, name) => `add "context": {"${name}": …} to each ${event}`,
  csv: (event, name) => `map context.${name} to a column that rows of ${event} fill`,
  personalize: (event, name) => `fill a column ${name.toUpperCase()} in each row of ${event}`,
  metarank: (event, name) => `add ${name} to the fields of each ${event}`,
}

/** Features that count events by a field of their context, where hardly any of these events has it. */
export const contexts = ({ fields: { needs }, format }: Profile): Found =>
  needs.map(({ source, event, features, filled, events }) => {
    if (events === 0 || filled >= MOST * events) return null
    const has = filled === 0 ? 'none' : `only ${number(filled)}`
    const isOne = features.length === 1
    const name = source.slice('context.'.length)
    const way = WAYS[format]?.(event, name) ?? `write it into a log in JSON Lines`
    const need = `${features.join(', ')} ${isOne ? 'needs' : 'need'} ${source} of ${event}`
    return finding(
      'warning',
      'empty-counts',
      `${need}; ${has} of the ${number(events)} events of ${event} in this log ${filled > 1 ? 'have' : 'has'} it, and the others are not counted: ${way}, or take ${isOne ? 'the feature' : 'these features'} out of the scene`,
    )
  })

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
