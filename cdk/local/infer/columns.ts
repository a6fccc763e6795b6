import type { Mapping } from '../../../functions/contract/mapping.ts'
import { compilePattern, isoMs } from '../../../functions/intake/adapters/timestamps.ts'
import type { Sample } from './sample.ts'

/** What the sampled values of one column are like. */
export interface ColumnFacts {
  name: string
  filled: number
  distinct: number
  /** Share of the filled cells that are numbers; the least and greatest of them. */
  numeric: number
  least: number
  greatest: number
  isWhole: boolean
  /** Every value, where they are few, by how often they come. */
  values: string[]
  /** How it reads as a time; more than one reading where the values do not decide. */
  times: Pick<Mapping['time'], 'unit' | 'pattern'>[]
}

const FEW = 24
const UNITS = [
  { unit: 'seconds', from: 1e8, through: 1e10 },
  { unit: 'milliseconds', from: 1e11, through: 1e13 },
  { unit: 'microseconds', from: 1e14, through: 1e16 },
  { unit: 'nanoseconds', from: 1e17, through: 1e19 },
] as const
const PATTERNS = [
  'yyyy/MM/dd HH:mm:ss',
  'dd/MM/yyyy HH:mm:ss',
  'MM/dd/yyyy HH:mm:ss',
  'd/M/yyyy H:mm:ss',
  'M/d/yyyy H:mm:ss',
  'd/M/yyyy H:mm',
  'M/d/yyyy H:mm',
  'dd.MM.yyyy HH:mm:ss',
  'dd-MM-yyyy HH:mm:ss',
  'dd MMM yyyy HH:mm:ss',
  'dd-MMM-yyyy HH:mm:ss',
  "yyyy-MM-dd HH:mm:ss 'UTC'",
  'yyyyMMdd',
  'dd/MM/yyyy',
  'MM/dd/yyyy',
  'dd.MM.yyyy',
]

function timesOf(values: readonly string[], numeric: number, least: number, greatest: number) {
  if (values.length === 0) return []
  if (numeric === 1) {
    const fit = UNITS.find(({ from, through }) => least >= from && greatest < through)
    return fit ? [{ unit: fit.unit }] : []
  }
  if (values.every((value) => isoMs(value) !== null)) return [{ unit: 'iso' as const }]
  const fitting = PATTERNS.filter((pattern) => {
    const parse = compilePattern(pattern)
    return values.every((value) => parse(value, 'Z') !== null)
  })
  // A padded pattern says all that its looser twin does.
  const loose = (pattern: string): string => pattern.replace(/dd|MM(?!M)|HH/g, (field) => field[0]!)
  return fitting
    .filter((pattern, i) => fitting.findIndex((other) => loose(other) === loose(pattern)) === i)
    .map((pattern) => ({ pattern }))
}

export function factsOfColumn({ name, values }: Sample['columns'][number]): ColumnFacts {
  const filled = values.filter((value) => value !== null)
  const counts = new Map<string, number>()
  for (const value of filled) counts.set(value, (counts.get(value) ?? 0) + 1)
  const numbers = filled.map(Number).filter(Number.isFinite)
  const numeric = filled.length > 0 ? numbers.length / filled.length : 0
  const least = numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const greatest = numbers.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const byCount = [...counts].sort(([, a], [, b]) => b - a).map(([value]) => value)
  return {
    name,
    filled: filled.length,
    distinct: counts.size,
    numeric,
    least,
    greatest,
    isWhole: numbers.every(Number.isInteger),
    values: counts.size <= FEW ? byCount : [],
    times: timesOf(filled, numeric, least, greatest),
  }
}
