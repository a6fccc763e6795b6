import { Flaw } from '../json-record.ts'
import type { AdapterRecord, RecordReader } from './adapter.ts'

export { splitQuoted } from './split-quoted.ts'

/** Cells of a row by column; undefined where the table has no such column. */
export type Cell = (name: string) => string | undefined

export const splitPlain =
  (separator: string) =>
  (line: string): string[] =>
    line.split(separator)

export interface TableLayout {
  split(line: string): string[] | Flaw
  /** A column's name from its heading. */
  nameOf?(heading: string): string
  /** Names of the columns where no line gives them. */
  names?: readonly string[] | undefined
  /** Columns without which no row can be read. */
  wanted: readonly string[]
  /** Where cells may be quoted. */
  separator?: string
}

/** A table whose first line names its columns; each later line is read by name. */
export function readTable(
  layout: TableLayout,
  /** `row` counts from zero every line but the heading, those that are set aside too. */
  read: (cell: Cell, names: readonly string[], row: number) => AdapterRecord[] | Flaw,
): RecordReader {
  const { split, nameOf = (heading) => heading, wanted, separator } = layout
  let names: readonly string[] = []
  let columns: Map<string, number> | null = null
  let missing: string[] = []
  let rows = 0
  const name = (headings: readonly string[]): void => {
    names = headings
    columns = new Map(headings.map((heading, i) => [heading, i]))
    missing = wanted.filter((column) => !columns!.has(column))
  }
  if (layout.names) name(layout.names)
  return {
    ...(separator === undefined ? {} : { separator }),
    read(text) {
      const cells = split(text)
      if (!Array.isArray(cells)) {
        rows++
        return cells
      }
      if (columns === null) {
        name(cells.map(nameOf))
        if (missing.length === 0) return null
      }
      const row = rows++
      if (missing.length > 0)
        return new Flaw(
          'bad_row',
          `the first line lacks the columns ${missing.join(', ')}: expected ${wanted.join(', ')}`,
        )
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

/** A cell as a number, or its flaw. */
export function numberIn(name: string, cell: string | undefined): number | Flaw {
  const value = cell === undefined || cell.trim() === '' ? Number.NaN : Number(cell)
  return Number.isFinite(value)
    ? value
    : new Flaw('bad_row', `${name}: got no number, expected one`)
}

/** As numberIn; undefined for a cell that is empty or not there. */
export const numberOrNone = (name: string, cell: string | undefined): number | Flaw | undefined =>
  cell === undefined || cell.trim() === '' ? undefined : numberIn(name, cell)

/** A cell as an attribute: many values where a separator is given and stands in it; none for an empty one. */
export function attributeIn(
  cell: string | undefined,
  listSeparator: string | undefined,
): string | string[] | undefined {
  if (cell === undefined || cell === '') return undefined
  return listSeparator !== undefined && cell.includes(listSeparator)
    ? cell.split(listSeparator).filter((value) => value !== '')
    : cell
}
