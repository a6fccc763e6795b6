import type { Kind } from '../../contract/events.ts'
import type { Scene } from '../../contract/scene.ts'
import type { Flaw } from '../json-record.ts'

/** Reads one drop, line by line. */
export interface RecordReader {
  /** Contract records that the line stands for (an impression and its outcome may share one); null for a line that is none, such as a header. */
  read(text: string): Record<string, unknown>[] | Flaw | null
}

/** One log format: its lines → records of the contract, which are checked like any others. */
export interface Adapter {
  open(kind: Kind, scene: Scene, source: string | null): RecordReader
}

/** A table whose first line names its columns; each later line is read by name. */
export function readTable(
  split: (line: string) => string[],
  nameOf: (cell: string) => string,
  wanted: readonly string[],
  read: (cell: (name: string) => string, line: number) => Record<string, unknown>[] | Flaw,
): RecordReader {
  let columns: string[] | null = null
  let missing: string[] = []
  let line = 0
  return {
    read(text) {
      line++
      const cells = split(text)
      if (columns === null) {
        columns = cells.map(nameOf)
        missing = wanted.filter((name) => !columns!.includes(name))
        if (missing.length === 0) return null
      }
      if (missing.length > 0)
        return {
          reason: 'bad_row',
          detail: `the first line lacks the columns ${missing.join(', ')}: expected ${wanted.join(', ')}`,
        }
      if (cells.length !== columns.length)
        return {
          reason: 'bad_row',
          detail: `got ${cells.length} cells, expected ${columns.length}`,
        }
      return read((name) => cells[columns!.indexOf(name)]!, line)
    },
  }
}

/** A cell as a number, or its flaw. */
export function numberIn(name: string, cell: string): number | Flaw {
  const value = cell.trim() === '' ? Number.NaN : Number(cell)
  return Number.isFinite(value)
    ? value
    : { reason: 'bad_row', detail: `${name}: got no number, expected one` }
}
