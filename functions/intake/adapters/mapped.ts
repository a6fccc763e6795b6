import type { Kind } from '../../contract/events.ts'
import type { Mapping } from '../../contract/mapping.ts'
import type { Scene } from '../../contract/scene.ts'
import { Flaw, isFlaw, parseRecord, Warning } from '../json-record.ts'
import {
  type Adapter,
  type AdapterRecord,
  type LineRecords,
  RecordOfKind,
  type RecordReader,
} from './adapter.ts'
import { openClock } from './mapped-time.ts'
import {
  attributeIn,
  type Cell,
  idIn,
  numberOrNone,
  readTable,
  splitPlain,
  splitQuoted,
} from './table.ts'

const JOIN = '-'

/** Attribute → column, as attributes of one row; many-valued where the mapping says what cuts them. */
function attributesBy(columns: Readonly<Record<string, string>>, listSeparator?: string) {
  const pairs = Object.entries(columns)
  return (cell: Cell): Record<string, string | string[]> => {
    const attributes: Record<string, string | string[]> = {}
    for (const [name, column] of pairs) {
      const value = attributeIn(cell(column), listSeparator)
      if (value !== undefined) attributes[name] = value
    }
    return attributes
  }
}

/** An identifier of one or several columns; undefined where the first of them is blank. */
function idBy(columns: string | readonly string[]): (cell: Cell) => string | undefined {
  if (typeof columns === 'string') return (cell) => idIn(cell(columns))
  return (cell) => idIn(cell(columns[0]!)) && columns.map((column) => cell(column) ?? '').join(JOIN)
}
/** As idBy, for a column that the mapping may leave out. */
const optionalIdBy = (columns: string | readonly string[] | undefined) =>
  columns === undefined ? () => undefined : idBy(columns)

/** A column's number, where the mapping has one; undefined, with a warning, for a cell that is none. */
function numberBy(column: string | undefined) {
  return (cell: Cell, warn: (warning: Warning) => void): number | undefined => {
    if (column === undefined) return undefined
    const number = numberOrNone(column, cell(column))
    if (typeof number !== 'object') return number
    warn(new Warning('not_a_number', number.detail))
    return undefined
  }
}

/** What a row is: an impression, an outcome by name, both, or nothing that is asked for. */
type RowKind = { isImpression: boolean; outcome: string | null }
function openRowKinds(mapping: Mapping, { objective }: Scene): (cell: Cell) => RowKind | Flaw {
  const { event, label } = mapping
  if (event) {
    const kinds = new Map<string, RowKind>([
      ...event.ignored.map((value) => [value, { isImpression: false, outcome: null }] as const),
      ...event.impressions.map((value) => [value, { isImpression: true, outcome: null }] as const),
      ...Object.entries(event.outcomes).map(
        ([value, outcome]) => [value, { isImpression: false, outcome }] as const,
      ),
    ])
    return (cell) => {
      const value = cell(event.column) ?? ''
      return (
        kinds.get(value) ??
        new Flaw(
          'unknown_event_type',
          `${event.column}: got ${JSON.stringify(value.slice(0, 40))}, expected one of ${[...kinds.keys()].join(', ')}`,
        )
      )
    }
  }
  const { column, outcome = objective, positive, atLeast } = label!
  const positives = new Set(positive)
  return (cell) => {
    if (atLeast === undefined)
      return { isImpression: true, outcome: positives.has(cell(column) ?? '') ? outcome : null }
    const number = numberOrNone(column, cell(column))
    if (typeof number === 'object') return number
    return { isImpression: true, outcome: (number ?? -Infinity) >= atLeast ? outcome : null }
  }
}

/** Reads the rows of an event log; entities that they describe come as statements beside them. */
function openEvents(mapping: Mapping, scene: Scene, firstRow: number) {
  const kindOf = openRowKinds(mapping, scene)
  const timeOf = openClock(mapping.time, firstRow)
  const { listSeparator, position } = mapping
  const userOf = idBy(mapping.user)
  const itemOf = idBy(mapping.item)
  const requestOf = optionalIdBy(mapping.request)
  const eventOf = optionalIdBy(mapping.eventId)
  const releaseOf = optionalIdBy(mapping.release)
  const placeOf = numberBy(position?.column)
  const propensityOf = numberBy(mapping.propensity)
  const sizeOf = numberBy(mapping.value)
  const contextOf = attributesBy(mapping.context, listSeparator)
  const itemAttributesOf = attributesBy(mapping.itemAttributes, listSeparator)
  const userAttributesOf = attributesBy(mapping.userAttributes, listSeparator)
  return (cell: Cell, row: number): LineRecords | Flaw => {
    const timeMs = timeOf(cell, row)
    if (typeof timeMs !== 'number') return timeMs
    const kind = kindOf(cell)
    if (isFlaw(kind)) return kind
    const userId = userOf(cell)
    const itemId = itemOf(cell)
    const eventId = eventOf(cell)
    const about = { timeMs, userId, itemId, requestId: requestOf(cell) }
    const idFor = (part: string) => eventId && `${eventId}/${part}`
    const records: (AdapterRecord | Warning)[] = []
    const warn = (warning: Warning) => records.push(warning)
    if (kind.isImpression) {
      const place = placeOf(cell, warn)
      records.push({
        type: 'impression',
        eventId: idFor('shown'),
        ...about,
        position: place === undefined ? undefined : place - position!.from + 1,
        propensity: propensityOf(cell, warn),
        release: releaseOf(cell),
        context: contextOf(cell),
      })
    }
    if (kind.outcome !== null)
      records.push({
        type: 'outcome',
        eventId: idFor(kind.outcome),
        ...about,
        outcome: kind.outcome,
        value: sizeOf(cell, warn),
      })
    for (const [of, id, attributes] of [
      ['items', itemId, itemAttributesOf(cell)],
      ['users', userId, userAttributesOf(cell)],
    ] as const)
      if (id !== undefined && Object.keys(attributes).length > 0)
        records.push(new RecordOfKind(of, { id, attributes }))
    return records
  }
}

/** Reads the rows of a catalogue file. */
function openCatalogue(kind: Kind, { items, users, listSeparator }: Mapping) {
  const columns = kind === 'users' ? users : items
  if (!columns) return null
  const attributesOf = attributesBy(columns.attributes, listSeparator)
  return (cell: Cell): AdapterRecord[] => [
    {
      id: idIn(cell(columns.id)),
      attributes: attributesOf(cell),
      text: (columns.text && cell(columns.text)) || undefined,
    },
  ]
}

/** Columns without which no row of a kind can be read. */
function columnsOf(mapping: Mapping, kind: Kind): string[] {
  const { time, user, item, event, label } = mapping
  if (kind !== 'events') {
    const columns = kind === 'users' ? mapping.users : mapping.items
    return columns
      ? [columns.id, ...Object.values(columns.attributes), columns.text ?? []].flat()
      : []
  }
  const { request, position, value, propensity, eventId, release } = mapping
  const optional = [time.column, event?.column, label?.column, request, position?.column]
  const named = [user, item, ...optional, value, propensity, eventId, release].flat()
  const attributes = [mapping.context, mapping.itemAttributes, mapping.userAttributes]
  return [...named, ...attributes.flatMap((columns) => Object.values(columns))].filter(
    (column) => column !== undefined,
  )
}

/** A field of a JSON record as a cell: `a.b` reaches inside, a list is joined as the mapping cuts it. */
function fieldOf(record: Record<string, unknown>, path: string, join: string): string | undefined {
  const value = Object.hasOwn(record, path)
    ? record[path]
    : path
        .split('.')
        .reduce<unknown>(
          (inner, part) =>
            inner !== null && typeof inner === 'object' && Object.hasOwn(inner, part)
              ? (inner as Record<string, unknown>)[part]
              : undefined,
          record,
        )
  if (value === undefined || value === null) return undefined
  const textOf = (one: unknown): string =>
    one !== null && typeof one === 'object' ? JSON.stringify(one) : String(one)
  return Array.isArray(value) ? value.map(textOf).join(join) : textOf(value)
}

/**
 * Any table, or JSON Lines of any names, by a mapping of the scene's configuration. Columns that it
 * does not name are not read. What a row says of its item and user becomes statements about them.
 */
export const mapped: Adapter = {
  open(kind, scene, { mapping, firstRow }): RecordReader {
    if (!mapping) throw new TypeError('a drop of the format csv is opened without its mapping')
    const readRow =
      kind === 'events' ? openEvents(mapping, scene, firstRow) : openCatalogue(kind, mapping)
    if (!readRow) return { read: () => new Flaw('bad_row', `the mapping says nothing of ${kind}`) }
    if (mapping.layout === 'json-lines') {
      let rows = 0
      return {
        read(text) {
          const row = rows++
          const record = parseRecord(text)
          if (isFlaw(record)) return record
          return readRow((path) => fieldOf(record, path, mapping.listSeparator ?? ','), row)
        },
      }
    }
    const { separator, quoting, header } = mapping
    return readTable(
      {
        ...(quoting === 'none'
          ? { split: splitPlain(separator) }
          : { split: splitQuoted(separator), separator }),
        names: header === true ? undefined : header,
        wanted: [...new Set(columnsOf(mapping, kind))],
      },
      (cell, _names, row) => readRow(cell, row),
    )
  },
}
