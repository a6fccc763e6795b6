import type { Event } from '../contract/events.ts'
import type { EntityRow, EventRow, ServedRow } from '../contract/rows.ts'
import type { Served } from '../contract/served.ts'
import { canonicalJson } from '../core/digest.ts'
import { writeAttributes } from './attributes.ts'
import type { Statement } from './check.ts'
import type { Pseudonymize } from './identity.ts'

/** The origin of a row: its drop, the drop's arrival, and the record's number in it. */
export interface Origin {
  drop: string
  arrivalMs: number
  row: number
}

const contextOf = (event: Event): string | null =>
  event.context === undefined ? null : writeAttributes(event.context).json

/**
 * What identifies an event: its id, else its content. The context of an outcome is no part of it: it repeats
 * the impression's, so an outcome that is sent again with its context is the same outcome.
 */
const identityOf = (event: Event): string =>
  event.eventId === undefined
    ? canonicalJson(event.type === 'outcome' ? { ...event, context: undefined } : event)
    : `id\n${event.eventId}`

/**
 * An event in the form of the lake, without raw identifiers. `context` is for callers that have already
 * written it.
 */
export function normalizeEvent(
  event: Event,
  pseudonymize: Pseudonymize,
  origin: Origin,
  context = contextOf(event),
): EventRow {
  const impression = event.type === 'impression' ? event : null
  const outcome = event.type === 'outcome' ? event : null
  return {
    event: pseudonymize('event', identityOf(event)),
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
    context,
    drop: origin.drop,
    row: origin.row,
  }
}

/** A statement in the form of the lake. A user's id is the same hash as in that user's events. */
export function normalizeStatement(
  statement: Statement,
  kind: string,
  pseudonymize: Pseudonymize,
  origin: Origin,
  attributes = writeAttributes(statement.attributes).json,
): EntityRow {
  return {
    id: kind === 'users' ? pseudonymize('user', statement.id) : statement.id,
    knowableMs: Math.max(origin.arrivalMs, Math.floor(statement.timeMs ?? 0)),
    attributes,
    title: statement.title?.toWellFormed() ?? null,
    text: statement.text?.toWellFormed() ?? null,
    drop: origin.drop,
    row: origin.row,
  }
}

/** Served cells in the form of the lake. The user is a pseudonym already. */
export function normalizeServed(
  served: Served,
  pseudonymize: Pseudonymize,
  origin: Origin,
  context: string | null,
): ServedRow {
  return {
    user: served.user,
    item: served.item,
    timeMs: Math.floor(served.timeMs),
    arrivalMs: origin.arrivalMs,
    request: served.requestId === undefined ? null : pseudonymize('request', served.requestId),
    position: served.position ?? null,
    context,
    release: served.release,
    closedThroughMs: served.closedThroughMs ?? null,
    cells: canonicalJson(served.cells),
    drop: origin.drop,
    row: origin.row,
  }
}
