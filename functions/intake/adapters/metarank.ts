import type { Kind } from '../../contract/events.ts'
import { Flaw, isFlaw, parseRecord } from '../json-record.ts'
import { MAX_SLATE } from '../limits.ts'
import { type Adapter, type AdapterRecord, RecordOfKind } from './adapter.ts'
import { timestampMs } from './timestamps.ts'

type Json = Record<string, unknown>

const isObject = (value: unknown): value is Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

/** `[{name, value}, …]` → attributes; lists hold text, and what has no value is left out. */
function fieldsOf(fields: unknown): Json | Flaw {
  if (fields === undefined || fields === null) return {}
  if (!Array.isArray(fields))
    return new Flaw('wrong_type', 'fields: expected an array of name and value')
  const attributes: Json = {}
  for (const field of fields) {
    if (!isObject(field) || typeof field['name'] !== 'string')
      return new Flaw('wrong_type', 'fields: expected objects with name and value')
    const { name, value } = field as { name: string; value?: unknown }
    if (value === undefined || value === null) continue
    attributes[name] = Array.isArray(value) ? value.map(String) : value
  }
  return attributes
}

function rankingOf(record: Json, about: Json): AdapterRecord[] | Flaw {
  const { id, items } = record
  if (!Array.isArray(items))
    return new Flaw('missing_field', 'items: expected an array of what was shown')
  if (items.length > MAX_SLATE)
    return new Flaw('out_of_bounds', `items: got ${items.length}, expected at most ${MAX_SLATE}`)
  const fields = fieldsOf(record['fields'])
  if (isFlaw(fields)) return fields
  const impressions: AdapterRecord[] = []
  for (const [i, item] of items.entries()) {
    if (!isObject(item)) return new Flaw('wrong_type', 'items: expected objects with id and fields')
    const own = fieldsOf(item['fields'])
    if (isFlaw(own)) return own
    const relevancy = typeof item['relevancy'] === 'number' ? { relevancy: item['relevancy'] } : {}
    impressions.push({
      type: 'impression',
      ...about,
      eventId: `${id}/${i + 1}`,
      itemId: item['id'],
      requestId: id,
      position: i + 1,
      context: { ...fields, ...relevancy, ...own },
    })
  }
  return impressions
}

function recordsOf(record: Json, kind: Kind): AdapterRecord[] | Flaw {
  const { event } = record
  const time = record['timestamp']
  const timeMs = time === undefined ? undefined : timestampMs(time)
  if (timeMs === null)
    return new Flaw(
      'wrong_type',
      'timestamp: expected epoch milliseconds as number or text, or ISO 8601',
    )
  if (event === 'item' || event === 'user') {
    const attributes = fieldsOf(record['fields'])
    if (isFlaw(attributes)) return attributes
    const of = event === 'item' ? 'items' : 'users'
    const statement = { id: record[event], timeMs, attributes }
    if (kind === of) return [statement]
    if (kind === 'events') return [new RecordOfKind(of, statement)]
  }
  if (kind === 'events' && (event === 'ranking' || event === 'interaction')) {
    if (record['id'] === undefined)
      return new Flaw('missing_field', 'id: got nothing, expected it to be there')
    // A visitor who has not signed in is known by the session alone.
    const about = { timeMs, userId: record['user'] ?? record['session'] ?? undefined }
    if (event === 'ranking') return rankingOf(record, about)
    return [
      {
        type: 'outcome',
        ...about,
        eventId: record['id'],
        itemId: record['item'],
        requestId: record['ranking'] ?? undefined,
        outcome: record['type'],
      },
    ]
  }
  const expected = kind === 'events' ? 'item, user, ranking or interaction' : kind.slice(0, -1)
  const got = typeof event === 'string' ? JSON.stringify(event.slice(0, 40)) : 'nothing of the kind'
  return new Flaw('unknown_event_type', `event: got ${got}, expected ${expected}`)
}

/**
 * Metarank's events as JSON Lines (Metarank documentation, "Supported events"). A ranking is one
 * impression an item, by its order; an interaction the outcome of its `type`, of the ranking that
 * it names. Items and users may stand in the same log. Fields of rankings are context, an
 * interaction's own are not read.
 */
export const metarank: Adapter = {
  open: (kind) => ({
    read(text) {
      const record = parseRecord(text)
      return isFlaw(record) ? record : recordsOf(record, kind)
    },
  }),
}
