import type { Mapping } from '../../contract/mapping.ts'
import type { Scene } from '../../contract/scene.ts'
import { floorHour } from '../../contract/time.ts'
import { sha256Hex } from '../../core/digest.ts'
import { type Flaw, isFlaw, type Warning } from '../json-record.ts'
import { type AdapterRecord, type LineRecords, RecordOfKind, streamed } from './adapter.ts'
import { attributesBy, identityBy, numberBy, withoutMissing } from './mapped-cells.ts'
import { openRowKinds, type RowKind } from './mapped-kinds.ts'
import { openSlate, type Place, type Row, slateOutcome } from './mapped-slate.ts'
import { openClock } from './mapped-time.ts'
import { type Cell, idIn } from './table.ts'

/** Fields that all records of one row share. */
interface About {
  timeMs: number
  userId: string | undefined
  requestId: string | undefined
}
type Attributes = Record<string, string | string[]>

/** Readers for the fields of a row, from the mapping. */
function openFields(mapping: Mapping) {
  const { listSeparator, position, decimal } = mapping
  const placeOf = numberBy(position?.column, decimal)
  return {
    userOf: identityBy(mapping.user),
    itemOf: identityBy(mapping.item),
    requestOf: identityBy(mapping.request),
    eventOf: identityBy(mapping.eventId),
    releaseOf: identityBy(mapping.release),
    propensityOf: numberBy(mapping.propensity, decimal),
    sizeOf: numberBy(mapping.value, decimal),
    contextOf: attributesBy(mapping.context, listSeparator),
    itemAttributesOf: attributesBy(mapping.itemAttributes, listSeparator),
    userAttributesOf: attributesBy(mapping.userAttributes, listSeparator),
    placeOf(cell: Cell, warn: (warning: Warning) => void): number | undefined {
      const place = placeOf(cell, warn)
      return place === undefined ? undefined : place - position!.from + 1
    },
  }
}
type Fields = ReturnType<typeof openFields>

/** What a row says about an item or a user, if anything. */
function statement(kind: 'items' | 'users', id: string | undefined, attributes: Attributes) {
  return id === undefined || Object.keys(attributes).length === 0
    ? []
    : [new RecordOfKind(kind, { id, attributes })]
}

/** The records of a row about one item. */
function recordsOfRow(
  fields: Fields,
  cell: Cell,
  { isImpression, outcomes }: RowKind,
  about: About,
): LineRecords {
  const records: (AdapterRecord | Warning)[] = []
  const warn = (warning: Warning) => records.push(warning)
  const itemId = fields.itemOf(cell)
  const eventId = fields.eventOf(cell)
  const idFor = (part: string) => eventId && `${eventId}/${part}`
  const context = fields.contextOf(cell)
  if (isImpression)
    records.push({
      type: 'impression',
      eventId: idFor('shown'),
      ...about,
      itemId,
      position: fields.placeOf(cell, warn),
      propensity: fields.propensityOf(cell, warn),
      release: fields.releaseOf(cell),
      context,
    })
  const value = outcomes.length > 0 ? fields.sizeOf(cell, warn) : undefined
  for (const outcome of outcomes)
    records.push({
      ...{ type: 'outcome', eventId: idFor(outcome), ...about, itemId, outcome, value },
      context,
    })
  records.push(
    ...statement('items', itemId, fields.itemAttributesOf(cell)),
    ...statement('users', about.userId, fields.userAttributesOf(cell)),
  )
  return records
}

const sizeIn = numberBy('value', '.')
/** The size of the outcome, from an element of a slate. */
const sizeOfPlace = ({ value }: Place, warn: (warning: Warning) => void): number | undefined =>
  sizeIn(() => value, warn)

/** The records of a row that lists several items, in order of position. */
function recordsOfSlate(
  fields: Fields,
  cell: Cell,
  { isImpression, outcomes }: RowKind,
  about: About,
  places: readonly Place[],
  labelled: string | null,
): LineRecords {
  const context = fields.contextOf(cell)
  const eventId = fields.eventOf(cell)
  const release = fields.releaseOf(cell)
  // A redelivered slate is the same slate, so the ids of its records derive from its content.
  const base =
    eventId ??
    about.requestId ??
    sha256Hex(
      `${about.userId}\n${floorHour(about.timeMs)}\n${places.map(({ item }) => item).join('\n')}`,
    ).slice(0, 32)
  // Outcomes belong to the slate that showed their items; a row of outcomes is not a slate of its
  // own.
  const shared: About = isImpression ? { ...about, requestId: about.requestId ?? base } : about
  return streamed(function* () {
    const warnings: Warning[] = []
    const warn = (warning: Warning) => warnings.push(warning)
    const rowValue = outcomes.length > 0 ? fields.sizeOf(cell, warn) : undefined
    const rowPosition = isImpression ? fields.placeOf(cell, warn) : undefined
    yield* warnings.splice(0)
    for (const [i, place] of places.entries()) {
      const idFor = (part: string) => `${base}/${i + 1}/${part}`
      const own = Object.keys(place.context).length > 0 ? { ...context, ...place.context } : context
      if (isImpression)
        yield {
          type: 'impression',
          eventId: idFor('shown'),
          ...shared,
          itemId: place.item,
          position: place.position ?? rowPosition,
          release,
          context: own,
        }
      const named = labelled !== null && isImpression && place.isPositive ? [labelled] : []
      const size = outcomes.length > 0 || named.length > 0 ? sizeOfPlace(place, warn) : undefined
      yield* warnings.splice(0)
      const value = size ?? rowValue
      for (const outcome of [...outcomes, ...named])
        yield {
          type: 'outcome',
          eventId: idFor(outcome),
          ...shared,
          itemId: place.item,
          outcome,
          value,
          context: own,
        }
    }
    yield* statement('users', about.userId, fields.userAttributesOf(cell))
  })
}

/**
 * Reads the rows of an event log. Attributes of items and users become statements beside the
 * events.
 */
export function openEvents(mapping: Mapping, scene: Scene, firstRow: number) {
  const kindOf = openRowKinds(mapping, scene)
  const timeOf = openClock(mapping.time, firstRow)
  const fields = openFields(mapping)
  const filled = withoutMissing(mapping.missing)
  const slateOf = mapping.slate && openSlate(mapping.slate, mapping.missing)
  const labelled = mapping.slate ? slateOutcome(mapping.slate, scene) : null
  return ({ cell: rawCell, jsonOf }: Row, row: number): LineRecords | Flaw => {
    const cell = filled(rawCell)
    const timeMs = timeOf(cell, row)
    if (typeof timeMs !== 'number') return timeMs
    const kind = kindOf(cell)
    if (isFlaw(kind)) return kind
    const about = { timeMs, userId: fields.userOf(cell), requestId: fields.requestOf(cell) }
    if (!slateOf) return recordsOfRow(fields, cell, kind, about)
    if (!kind.isImpression && kind.outcomes.length === 0) return []
    const places = slateOf(jsonOf)
    if (!Array.isArray(places)) return places
    return recordsOfSlate(fields, cell, kind, about, places, labelled)
  }
}

/** Reads the rows of a catalogue file. Null if the mapping does not describe its kind. */
export function openCatalogue(kind: string, mapping: Mapping) {
  const columns = kind === 'users' ? mapping.users : mapping.items
  if (!columns) return null
  const attributesOf = attributesBy(columns.attributes, mapping.listSeparator)
  const filled = withoutMissing(mapping.missing)
  return ({ cell: rawCell }: Row): LineRecords => {
    const cell = filled(rawCell)
    return [
      {
        id: idIn(cell(columns.id)),
        attributes: attributesOf(cell),
        text: (columns.text && cell(columns.text)) || undefined,
      },
    ]
  }
}
