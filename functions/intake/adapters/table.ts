import { isBlank } from '../../contract/events.ts'
import { Flaw } from '../json-record.ts'
import { MAX_COLUMNS } from '../limits.ts'
import type { LineRecords, RecordReader } from './adapter.ts'
import { splitBlanks } from './split.ts'

/** A row's cells by column. Undefined if the table has no such column. */
export type Cell = (name: string) => string | undefined

export interface TableLayout {
  split(line: string): string[] | Flaw
  /** A column's name from its heading. */
  nameOf?(heading: string): string
  /** The columns' names, if no line gives them. */
  names?: readonly string[] | undefined
  /** Columns that every row needs. */
  wanted: readonly string[]
  /** Whether all other columns are read too. */
  readsAll?: boolean
  /** Set if cells may be quoted. */
  separator?: string
  /**
   * Whether lines that begin with `#` are directives; `#Fields:` names the columns (W3C extended
   * log format).
   */
  hasDirectives?: boolean
  /**
   * Whether a column without a heading, such as a data frame's index, is called `column_1` by its
   * number.
   */
  namesNameless?: boolean
}

/** Begins the line that names the columns (W3C, "Extended Log File Format", "Directives"). */
export const FIELDS = '#Fields:'

/** Why no row can be read with these headings. Null if rows can be read. */
function flawOfHeadings(
  headings: readonly string[],
  columns: ReadonlyMap<string, number>,
  { wanted, readsAll = false }: TableLayout,
): Flaw | null {
  const flaw = (detail: string) => new Flaw('bad_row', `the first line ${detail}`)
  const missing = wanted.filter((column) => !columns.has(column))
  if (missing.length > 0)
    return flaw(`lacks the columns ${missing.join(', ')}: expected ${wanted.join(', ')}`)
  if (headings.length > MAX_COLUMNS)
    return flaw(`names ${headings.length} columns, expected at most ${MAX_COLUMNS}`)
  // For repeated names, the map has the last column.
  const first = headings.findIndex(
    (name, i) => columns.get(name) !== i && (readsAll ? name !== '' : wanted.includes(name)),
  )
  if (first === -1) return null
  const name = headings[first]!
  const others = [first, columns.get(name)!].map((i) => i + 1).join(' and ')
  return flaw(
    `names ${JSON.stringify(name.slice(0, 40))} more than once, as columns ${others}: expected it once`,
  )
}

/** Reads a table whose first line names its columns. Later lines are read by name. */
export function readTable(
  layout: TableLayout,
  /** `row` counts from zero every line except the heading, including quarantined lines. */
  read: (cell: Cell, names: readonly string[], row: number) => LineRecords | Flaw,
): RecordReader {
  const { split, nameOf = (heading) => heading, separator } = layout
  const { hasDirectives = false, namesNameless = false } = layout
  let names: readonly string[] = []
  let columns: Map<string, number> | null = null
  let flaw: Flaw | null = null
  let rows = 0
  const name = (headings: readonly string[]): void => {
    names = namesNameless ? headings.map((heading, i) => heading || `column_${i + 1}`) : headings
    columns = new Map(names.map((heading, i) => [heading, i]))
    flaw = flawOfHeadings(names, columns, layout)
  }
  if (layout.names) name(layout.names)
  return {
    ...(separator === undefined ? {} : { separator }),
    cutsLine: true,
    read(text) {
      if (hasDirectives && text.startsWith('#')) {
        if (text.startsWith(FIELDS)) name(splitBlanks(text.slice(FIELDS.length)))
        return null
      }
      const cells = split(text)
      if (!Array.isArray(cells)) {
        rows++
        return cells
      }
      if (columns === null && !hasDirectives) {
        name(cells.map(nameOf))
        if (flaw === null) return null
      }
      const row = rows++
      if (columns === null)
        return new Flaw('bad_row', `got a row before any line that begins with ${FIELDS}`)
      if (flaw !== null) return flaw
      if (cells.length !== names.length)
        return new Flaw('bad_row', `got ${cells.length} cells, expected ${names.length}`)
      return read(
        (column) => {
          const at = columns!.get(column)
          return at === undefined ? undefined : cells[at]
        },
        names,
        row,
      )
    },
  }
}

/** A cell as an identifier. Undefined if it is blank or missing. */
export const idIn = (cell: string | undefined): string | undefined =>
  cell === undefined || isBlank(cell) ? undefined : cell

/** A cell as a number, or its flaw. */
export function numberIn(name: string, cell: string | undefined): number | Flaw {
  const value = cell === undefined || cell.trim() === '' ? Number.NaN : Number(cell)
  return Number.isFinite(value)
    ? value
    : new Flaw('bad_row', `${name}: got no number, expected one`)
}

/** As numberIn. Undefined for a cell that is empty or missing. */
export const numberOrNone = (name: string, cell: string | undefined): number | Flaw | undefined =>
  cell === undefined || cell.trim() === '' ? undefined : numberIn(name, cell)

/**
 * A cell as an attribute: several values if it contains the given separator. Undefined for an empty
 * cell.
 */
export function attributeIn(
  cell: string | undefined,
  listSeparator: string | undefined,
): string | string[] | undefined {
  if (cell === undefined || cell === '') return undefined
  return listSeparator !== undefined && cell.includes(listSeparator)
    ? cell.split(listSeparator).filter((value) => value !== '')
    : cell
}
