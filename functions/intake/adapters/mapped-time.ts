import type { Mapping } from '../../contract/mapping.ts'
import { HOUR_MS } from '../../contract/time.ts'
import { Flaw } from '../json-record.ts'
import { type Cell, numberIn } from './table.ts'
import { compilePattern, isoMs } from './timestamps.ts'

const MS_PER_SECOND = 1000
/** Digits of a time below its milliseconds. */
const DIGITS_BELOW = { milliseconds: 0, microseconds: 3, nanoseconds: 6 }

/**
 * Digits are cut off instead of dividing, because nanoseconds have more digits than a double holds.
 */
function epochMs(text: string, unit: keyof typeof DIGITS_BELOW | 'seconds'): number | null {
  const number = numberIn('', text)
  if (typeof number !== 'number') return null
  if (unit === 'seconds') return Math.floor(number * MS_PER_SECOND)
  const below = DIGITS_BELOW[unit]
  if (below > 0 && /^\d+$/.test(text)) return Number(text.slice(0, -below))
  return Math.floor(number / 10 ** below)
}

/** Epoch milliseconds of each row, by the mapping, or the flaw of its cell. */
export function openClock(
  { column, unit, pattern, zone, rowsPerHour, from }: Mapping['time'],
  firstRow: number,
): (cell: Cell, row: number) => number | Flaw {
  if (column === undefined) {
    const startMs = Date.parse(from!)
    return (_cell, row) => startMs + Math.floor(((firstRow + row) * HOUR_MS) / rowsPerHour!)
  }
  const columns = [column].flat()
  const names = columns.join(' and ')
  const missing = new Flaw('missing_time', `${names}: got nothing, expected a time`)
  const timed = (parse: (text: string) => number | null, expected: string) => (cell: Cell) => {
    const texts = columns.map((name) => cell(name)?.trim() ?? '')
    if (texts.includes('')) return missing
    return (
      parse(texts.join(' ')) ?? new Flaw('bad_row', `${names}: got no time, expected ${expected}`)
    )
  }
  if (pattern !== undefined) {
    const parse = compilePattern(pattern)
    return timed((text) => parse(text, zone), `one such as ${pattern}`)
  }
  if (unit === 'iso') return timed((text) => isoMs(text, zone), 'ISO 8601')
  return timed((text) => epochMs(text, unit!), unit!)
}
