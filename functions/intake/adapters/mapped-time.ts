import type { Mapping } from '../../contract/mapping.ts'
import { HOUR_MS } from '../../contract/time.ts'
import { Flaw } from '../json-record.ts'
import { type Cell, numberIn } from './table.ts'
import { compilePattern, isoMs } from './timestamps.ts'

const MS_PER_UNIT = { seconds: 1000, milliseconds: 1, microseconds: 1e-3, nanoseconds: 1e-6 }

/** Epoch milliseconds of each row in turn, as the mapping says, or the flaw of its cell. */
export function openClock(
  { column, unit, pattern, zone, rowsPerHour, from }: Mapping['time'],
  firstRow: number,
): (cell: Cell, row: number) => number | Flaw {
  if (column === undefined) {
    const startMs = Date.parse(from!)
    return (_cell, row) => startMs + Math.floor(((firstRow + row) * HOUR_MS) / rowsPerHour!)
  }
  const missing = new Flaw('missing_time', `${column}: got nothing, expected a time`)
  const timed = (parse: (text: string) => number | null, expected: string) => (cell: Cell) => {
    const text = cell(column)
    if (text === undefined || text.trim() === '') return missing
    return parse(text) ?? new Flaw('bad_row', `${column}: got no time, expected ${expected}`)
  }
  if (pattern !== undefined) {
    const parse = compilePattern(pattern)
    return timed((text) => parse(text, zone), `one such as ${pattern}`)
  }
  if (unit === 'iso') return timed((text) => isoMs(text, zone), 'ISO 8601')
  const scale = MS_PER_UNIT[unit!]
  return timed((text) => {
    const number = numberIn(column, text)
    return typeof number === 'number' ? Math.floor(number * scale) : null
  }, unit!)
}
