import type { Kind } from '../../contract/events.ts'
import type { Identity, Mapping, Source } from '../../contract/mapping.ts'
import { Flaw, isFlaw, parseRecord } from '../json-record.ts'
import type { Adapter, LineRecords, RecordReader } from './adapter.ts'
import { openCatalogue, openEvents } from './mapped-events.ts'
import { type Row, textOfValue, valueAt } from './mapped-slate.ts'
import { splitBlanks, splitPlain, splitQuoted } from './split.ts'
import { readTable, type TableLayout } from './table.ts'

const columnOf = (source: Source): string => (typeof source === 'string' ? source : source.column)

function columnsOfIdentity(identity: Identity | undefined): string[] {
  if (identity === undefined) return []
  if (Array.isArray(identity)) return identity.map(columnOf)
  if (typeof identity === 'object' && 'firstOf' in identity)
    return identity.firstOf.flatMap(columnsOfIdentity)
  return [columnOf(identity)]
}

/** Columns that a row of this kind needs. */
function columnsOf(mapping: Mapping, kind: Kind): string[] {
  if (kind !== 'events') {
    const columns = kind === 'users' ? mapping.users : mapping.items
    if (!columns) return []
    const attributes = Object.values(columns.attributes).map(columnOf)
    return [columns.id, ...attributes, columns.text ?? []].flat()
  }
  const { time, user, item, request, event, label, slate, position } = mapping
  const { value, propensity, eventId, release } = mapping
  const attributes = [mapping.context, mapping.itemAttributes, mapping.userAttributes]
  return [
    ...[user, item, request].flatMap(columnsOfIdentity),
    ...[time.column, position?.column, value, propensity, eventId, release].flat(),
    ...[label ?? []].flat().map(({ column }) => column),
    ...[
      event && columnOf(event.column),
      slate?.column,
      slate?.single,
      slate?.labels,
      slate?.chosen,
    ],
    ...attributes.flatMap((sources) => Object.values(sources).map(columnOf)),
  ].filter((column) => column !== undefined)
}

/** How lines of a mapping's table are split, and where the names of its columns are. */
function layoutOf(mapping: Mapping, kind: Kind): TableLayout {
  const { separator, quoting, header } = mapping
  const names = Array.isArray(header) ? { names: header } : {}
  const wanted = [...new Set(columnsOf(mapping, kind))]
  const common = { wanted, ...names, hasDirectives: header === 'fields', namesNameless: true }
  if (separator === 'blanks') return { ...common, split: splitBlanks }
  // Quoting follows RFC 4180, which has separators of one character.
  if (quoting === 'none' || separator.length > 1) return { ...common, split: splitPlain(separator) }
  return { ...common, split: splitQuoted(separator), separator }
}

function readJsonLines(
  mapping: Mapping,
  kind: Kind,
  readRow: (row: Row, number: number) => LineRecords | Flaw,
): RecordReader {
  const join = mapping.listSeparator ?? ','
  const { column: times = [], unit = 'iso' } = mapping.time
  let rows = 0
  return {
    columns: { paths: columnsOf(mapping, kind), times: [times].flat(), unit },
    read(text) {
      const number = rows++
      const record = parseRecord(text)
      if (isFlaw(record)) return record
      const jsonOf = (path: string): unknown => valueAt(record, path)
      const cell = (path: string): string | undefined => {
        const value = jsonOf(path)
        return Array.isArray(value)
          ? value.map((one) => (one === null ? 'null' : textOfValue(one))).join(join)
          : textOfValue(value)
      }
      return readRow({ cell, jsonOf }, number)
    },
  }
}

/**
 * Any table, JSON or Parquet, by a mapping of the scene's configuration. Columns that the mapping
 * does not name are not read. Attributes of a row's item and user become statements about them.
 */
export const mapped: Adapter = {
  open(kind, scene, { mapping, firstRow }): RecordReader {
    if (!mapping) throw new TypeError('a drop of the format csv is opened without its mapping')
    const readRow =
      kind === 'events' ? openEvents(mapping, scene, firstRow) : openCatalogue(kind, mapping)
    if (!readRow)
      return { read: () => new Flaw('bad_row', `the mapping does not describe ${kind}`) }
    if (mapping.layout !== 'separated') return readJsonLines(mapping, kind, readRow)
    return readTable(layoutOf(mapping, kind), (cell, _names, row) =>
      readRow({ cell, jsonOf: cell }, row),
    )
  },
}
