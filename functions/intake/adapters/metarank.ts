import type { Kind } from '../../contract/events.ts'
import { Flaw, isFlaw, type ParsedRecord, parseTyped } from '../json-record.ts'
import { MAX_SLATE } from '../limits.ts'
import {
  type Adapter,
  type AdapterRecord,
  type LineRecords,
  RecordOfKind,
  streamed,
} from './adapter.ts'
import { timestampMs } from './timestamps.ts'

type Json = Record<string, unknown>

const isObject = (value: unknown): value is Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

/** `[{name, value}, …]` → attributes. Lists hold text, and fields without a value are left out. */
function fieldsOf(fields: unknown): Json | Flaw {
  if (fields === undefined || fields === null) return {}
  if (!Array.isArray(fields))
    return new Flaw('wrong_type', 'fields: expected an array of name and value')
  const attributes = new Map<string, unknown>()
  for (const field of fields) {
    if (!isObject(field) || typeof field['name'] !== 'string')
      return new Flaw('wrong_type', 'fields: expected objects with name and value')
    const { name, value } = field as { name: string; value?: unknown }
    if (value === undefined || value === null) continue
    if (attributes.has(name)) {
      const got = JSON.stringify(name.slice(0, 40))
      return new Flaw('duplicate_key', `fields: got the name ${got} twice, expected it once`)
    }
    attributes.set(name, Array.isArray(value) ? value.map(String) : value)
  }
  return Object.fromEntries(attributes)
}

/** Items without fields of their own share the ranking's context. */
function* impressionsOf(
  items: readonly unknown[],
  exactItems: readonly unknown[],
  id: unknown,
  about: Json,
  fields: Json,
): Generator<AdapterRecord | Flaw> {
  for (const [i, item] of items.entries()) {
    if (!isObject(item)) {
      yield new Flaw('wrong_type', 'items: expected objects with id and fields')
      return
    }
    const own = fieldsOf((exactItems[i] as Json)['fields'])
    if (isFlaw(own)) {
      yield own
      return
    }
    const relevancy = typeof item['relevancy'] === 'number' ? { relevancy: item['relevancy'] } : {}
    const more = { ...relevancy, ...own }
    yield {
      type: 'impression',
      ...about,
      eventId: `${id}/${i + 1}`,
      itemId: item['id'],
      requestId: id,
      position: i + 1,
      context: Object.keys(more).length > 0 ? { ...fields, ...more } : fields,
    }
  }
}

function rankingOf({ typed, exact }: ParsedRecord, about: Json): LineRecords | Flaw {
  const { id, items } = typed
  if (!Array.isArray(items))
    return new Flaw('missing_field', 'items: expected an array of what was shown')
  if (items.length > MAX_SLATE)
    return new Flaw('out_of_bounds', `items: got ${items.length}, expected at most ${MAX_SLATE}`)
  const fields = fieldsOf(exact['fields'])
  if (isFlaw(fields)) return fields
  return streamed(() => impressionsOf(items, exact['items'] as unknown[], id, about, fields))
}

function recordsOf(parsed: ParsedRecord, kind: Kind): LineRecords | Flaw {
  const record = parsed.typed
  const { event } = record
  const time = record['timestamp']
  const timeMs = time === undefined ? undefined : timestampMs(time)
  if (timeMs === null)
    return new Flaw(
      'wrong_type',
      'timestamp: expected epoch milliseconds as number or text, or ISO 8601',
    )
  if (event === 'item' || event === 'user') {
    const attributes = fieldsOf(parsed.exact['fields'])
    if (isFlaw(attributes)) return attributes
    const entityKind = event === 'item' ? 'items' : 'users'
    const statement = { id: record[event], timeMs, attributes }
    if (kind === entityKind) return [statement]
    if (kind === 'events') return [new RecordOfKind(entityKind, statement)]
  }
  if (kind === 'events' && (event === 'ranking' || event === 'interaction')) {
    if (record['id'] === undefined)
      return new Flaw('missing_field', 'id: got nothing, expected a value')
    // A visitor who is not signed in has only a session.
    const about = { timeMs, userId: record['user'] ?? record['session'] ?? undefined }
    if (event === 'ranking') return rankingOf(parsed, about)
    const context = fieldsOf(parsed.exact['fields'])
    if (isFlaw(context)) return context
    return [
      {
        type: 'outcome',
        ...about,
        eventId: record['id'],
        itemId: record['item'],
        requestId: record['ranking'] ?? undefined,
        outcome: record['type'],
        context: Object.keys(context).length > 0 ? context : undefined,
      },
    ]
  }
  const expected = kind === 'events' ? 'item, user, ranking or interaction' : kind.slice(0, -1)
  const got = typeof event === 'string' ? JSON.stringify(event.slice(0, 40)) : 'nothing'
  return new Flaw('unknown_event_type', `event: got ${got}, expected ${expected}`)
}

/**
 * Metarank's events as JSON Lines (Metarank documentation, "Supported events"). A ranking is one
 * impression per item, in its order. An interaction is the outcome of its `type`, for the ranking
 * that it names. Items and users may be in the same log. The fields of rankings and interactions become
 * context.
 */
export const metarank: Adapter = {
  open: (kind) => ({
    read(text) {
      const parsed = parseTyped(text)
      return isFlaw(parsed) ? parsed : recordsOf(parsed, kind)
    },
  }),
}
