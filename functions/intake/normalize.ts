import type { Event } from '../contract/events.ts'
import type { EntityRow, EventRow } from '../contract/rows.ts'
import { canonicalJson } from '../core/digest.ts'
import type { Statement } from './check.ts'
import type { Pseudonymize } from './identity.ts'

/** Where a row comes from: its drop, when that arrived, and the record's number in it. */
export interface Origin {
  drop: string
  arrivalMs: number
  row: number
}

/** An event as the lake keeps it: no raw identifier; without an id of its own, its content is one. */
export function normalizeEvent(event: Event, pseudonymize: Pseudonymize, origin: Origin): EventRow {
  const impression = event.type === 'impression' ? event : null
  const outcome = event.type === 'outcome' ? event : null
  const identity = event.eventId === undefined ? canonicalJson(event) : `id\n${event.eventId}`
  return {
    event: pseudonymize('event', identity),
    type: event.type,
    timeMs: Math.floor(event.timeMs),
    arrivalMs: origin.arrivalMs,
    user: pseudonymize('user', event.userId),
    item: event.itemId,
    request: event.requestId === undefined ? null : pseudonymize('request', event.requestId),
    outcome: outcome?.outcome ?? null,
    value: outcome?.value ?? null,
    position: impression?.position ?? null,
    propensity: impression?.propensity ?? null,
    release: impression?.release ?? null,
    context: impression?.context === undefined ? null : canonicalJson(impression.context),
    drop: origin.drop,
    row: origin.row,
  }
}

/** A statement as the lake keeps it; a user's id is the hash that events of that user have. */
export function normalizeStatement(
  statement: Statement,
  kind: string,
  pseudonymize: Pseudonymize,
  origin: Origin,
): EntityRow {
  return {
    id: kind === 'users' ? pseudonymize('user', statement.id) : statement.id,
    knowableMs: Math.max(origin.arrivalMs, Math.floor(statement.timeMs ?? 0)),
    attributes: canonicalJson(statement.attributes),
    title: statement.title,
    text: statement.text,
    drop: origin.drop,
    row: origin.row,
  }
}
