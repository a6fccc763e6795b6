import type { Mapping } from '../../../functions/contract/mapping.ts'
import { splitBlanks, splitPlain, splitQuoted } from '../../../functions/intake/adapters/split.ts'
import { FIELDS } from '../../../functions/intake/adapters/table.ts'
import { isFlaw, parseRecord } from '../../../functions/intake/json-record.ts'
import { rolesOf } from './names.ts'

/** A column's values by row, null if empty. `lists` if the values are JSON lists. */
export interface Column {
  name: string
  values: (string | null)[]
  lists?: (unknown[] | null)[]
}

/** The first rows of a log, by column. */
export interface Table {
  layout: Mapping['layout']
  separator: Mapping['separator']
  quoting: Mapping['quoting']
  header: 'named' | 'fields' | 'none'
  /** Whether it is certain if the first line names the columns. */
  isHeaderSure: boolean
  columns: Column[]
  /** Column names in order, from the heading or generated. */
  names: string[]
  rows: number
  /** Rows with more or fewer cells than the others. */
  uneven: number
}

const MAX_DEPTH = 6
/** Share of the lines that must have the most frequent number of cells. */
const EVEN = 0.9
const SEPARATORS = ['\t', ',', ';', '|', '::'] as const

function flatten(
  value: Record<string, unknown>,
  into: Map<string, unknown>,
  prefix: string,
  depth: number,
): void {
  for (const [key, inner] of Object.entries(value)) {
    const name = prefix === '' ? key : `${prefix}.${key}`
    if (inner === null || inner === undefined) continue
    if (typeof inner === 'object' && !Array.isArray(inner)) {
      if (depth < MAX_DEPTH) flatten(inner as Record<string, unknown>, into, name, depth + 1)
    } else into.set(name, inner)
  }
}

const textOf = (value: unknown): string =>
  Array.isArray(value)
    ? value.map((one) => (typeof one === 'object' ? JSON.stringify(one) : String(one))).join(',')
    : String(value)

function jsonTable(lines: readonly string[]): Table | null {
  const records = lines.map((line) => parseRecord(line))
  const sound = records.filter((record) => !isFlaw(record)) as Record<string, unknown>[]
  if (sound.length * 2 < lines.length) return null
  const rows = sound.map((record) => {
    const cells = new Map<string, unknown>()
    flatten(record, cells, '', 1)
    return cells
  })
  const names = [...new Set(rows.flatMap((cells) => [...cells.keys()]))].filter(
    (name) => name !== '',
  )
  const columns = names.map((name) => {
    const found = rows.map((cells) => cells.get(name))
    const values = found.map((value) => (value === undefined ? null : textOf(value)))
    if (!found.some(Array.isArray)) return { name, values }
    return { name, values, lists: found.map((value) => (Array.isArray(value) ? value : null)) }
  })
  return {
    layout: 'json-lines',
    separator: ',',
    quoting: 'rfc4180',
    header: 'named',
    isHeaderSure: true,
    columns,
    names,
    rows: rows.length,
    uneven: records.length - sound.length,
  }
}

interface Cut {
  separator: Mapping['separator']
  quoting: Mapping['quoting']
  rows: string[][]
  width: number
  /** Lines of that width. */
  count: number
}

const splitters = (separator: Mapping['separator'], quoting: Mapping['quoting']) => {
  if (separator === 'blanks') return splitBlanks
  return quoting === 'none' || separator.length > 1 ? splitPlain(separator) : splitQuoted(separator)
}

function cutBy(
  lines: readonly string[],
  separator: Mapping['separator'],
  quoting: Mapping['quoting'],
): Cut {
  const split = splitters(separator, quoting)
  const rows = lines.map((line) => split(line)).filter((cells) => Array.isArray(cells))
  const counts = new Map<number, number>()
  for (const { length } of rows) counts.set(length, (counts.get(length) ?? 0) + 1)
  const [width, count] = [...counts].reduce(
    (a, b) => (b[1] > a[1] || (b[1] === a[1] && b[0] > a[0]) ? b : a),
    [0, 0],
  )
  return { separator, quoting, rows, width, count }
}

/** Number of columns whose cells mostly contain another separator. A separator of lists is in one. */
function spreadOf({ rows, width, separator }: Cut): number {
  const even = rows.filter((row) => row.length === width).slice(0, 200)
  return SEPARATORS.filter((other) => other !== separator && other !== '::')
    .map(
      (other) =>
        Array.from({ length: width }, (_, i) => i).filter(
          (i) => even.filter((row) => row[i]!.includes(other)).length * 2 > even.length,
        ).length,
    )
    .reduce((a, b) => Math.max(a, b), 0)
}

/** The separator that fits nearly all lines. Null if none does. */
function bestCut(lines: readonly string[]): Cut | null {
  const cuts = SEPARATORS.flatMap((separator) => {
    const quoted = cutBy(lines, separator, separator === '::' ? 'none' : 'rfc4180')
    if (separator === '::' || !lines.some((line) => line.includes('"'))) return [quoted]
    const bare = cutBy(lines, separator, 'none')
    return bare.count > quoted.count && bare.width > 1 ? [bare] : [quoted]
  }).filter(({ width }) => width > 1)
  const most = Math.max(0, ...cuts.map(({ count }) => count))
  const able = cuts.filter(({ count }) => count >= EVEN * most && count * 2 >= lines.length)
  // A heading has no lists, so a separator of lists does not cut it.
  const heading = able.filter(({ rows, width }) => rows[0]!.length === width)
  const whole = (heading.length > 0 ? heading : able).filter((cut) => spreadOf(cut) < 2)
  const best = (whole.length > 0 ? whole : heading.length > 0 ? heading : able).reduce<Cut | null>(
    (a, b) => (a === null || b.width > a.width ? b : a),
    null,
  )
  if (best !== null && best.count >= EVEN * lines.length) return best
  const blanks = cutBy(lines, 'blanks', 'none')
  const isTable = blanks.width > 1 && lines.length > 2 && blanks.count >= 0.95 * lines.length
  const hasNumbers = blanks.rows.slice(1).every((row) => row.some((cell) => isNumber(cell)))
  return isTable && hasNumbers ? blanks : best
}

const isNumber = (cell: string): boolean => cell.trim() !== '' && Number.isFinite(Number(cell))
const shapeOf = (cell: string): string => cell.replace(/\p{L}+/gu, 'a').replace(/\d+/g, '9')

/** Whether the first row names the columns: distinct words above values of another shape. */
function headingOf(
  first: readonly string[],
  others: readonly (readonly string[])[],
): { isHeading: boolean; isSure: boolean } {
  const no = { isHeading: false, isSure: true }
  const filled = first.filter((cell) => cell.trim() !== '')
  if (filled.length === 0 || first.some((cell) => isNumber(cell) || /\d{4}-\d\d/.test(cell)))
    return no
  const known = filled.filter((cell) => rolesOf(cell).length > 0).length
  const recurs = first.filter(
    (cell, i) => cell !== '' && others.some((row) => row[i] === cell),
  ).length
  if (recurs > 0 && known * 2 <= filled.length) return no
  if (recurs === first.length) return no
  const differs = first.filter(
    (cell, i) =>
      others.length > 0 && !others.some((row) => shapeOf(row[i] ?? '') === shapeOf(cell)),
  ).length
  if (known > 0) return { isHeading: true, isSure: recurs === 0 }
  if (others.length === 0)
    return { isHeading: filled.length === new Set(filled).size, isSure: false }
  return { isHeading: differs > 0 || recurs === 0, isSure: differs > 0 }
}

function columnsOf(names: readonly string[], body: readonly (readonly string[])[]): Column[] {
  return names
    .map((name, i) => ({ name, values: body.map((cells) => cells[i] || null) }))
    .filter(({ name }) => names.indexOf(name) === names.lastIndexOf(name))
}

/** A log with a `#Fields` directive, as web servers write it. */
function directedTable(lines: readonly string[]): Table | null {
  const heading = lines.findLast((line) => line.startsWith(FIELDS))
  if (heading === undefined) return null
  const names = splitBlanks(heading.slice(FIELDS.length))
  const rows = lines.filter((line) => !line.startsWith('#'))
  const separator = rows.every((line) => line.includes('\t')) ? '\t' : 'blanks'
  const body = rows.map(splitters(separator, 'none')) as string[][]
  const even = body.filter(({ length }) => length === names.length)
  return {
    layout: 'separated',
    separator,
    quoting: 'none',
    header: 'fields',
    isHeaderSure: true,
    columns: columnsOf(names, even),
    names,
    rows: even.length,
    uneven: body.length - even.length,
  }
}

/** The lines as a table, with the best separator, quoting and heading. Null if none fits. */
export function tableOf(lines: readonly string[]): Table | null {
  if (lines.length === 0) return null
  const found = jsonTable(lines) ?? directedTable(lines)
  if (found) return found
  const cut = bestCut(lines)
  if (!cut) return null
  const even = cut.rows.filter(({ length }) => length === cut.width)
  const { isHeading, isSure } = headingOf(even[0]!, even.slice(1, 1000))
  const names = even[0]!.map((cell, i) => (isHeading && cell !== '' ? cell : `column_${i + 1}`))
  const body = isHeading ? even.slice(1) : even
  return {
    layout: 'separated',
    separator: cut.separator,
    quoting: cut.quoting,
    header: isHeading ? 'named' : 'none',
    isHeaderSure: isSure,
    columns: columnsOf(names, body),
    names,
    rows: body.length,
    uneven: lines.length - cut.count,
  }
}
