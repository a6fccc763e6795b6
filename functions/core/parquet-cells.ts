import type { SchemaElement } from 'hyparquet'
import { parseFloat16 } from 'hyparquet/src/convert.js'

/** How a TIMESTAMP is returned: ISO 8601, or a whole number of units since 1970. */
export type TimeUnit = 'iso' | 'seconds' | 'milliseconds' | 'microseconds' | 'nanoseconds'

const NANOS_PER = {
  seconds: 1_000_000_000n,
  milliseconds: 1_000_000n,
  microseconds: 1000n,
  nanoseconds: 1n,
}
const NANOS_OF = { MILLIS: 1_000_000n, MICROS: 1000n, NANOS: 1n }
const DAY_MS = 86_400_000
/** Decimal digits that a double holds exactly, for any number. */
const EXACT_DIGITS = 15

/**
 * An integer as a JSON value. Beyond ±(2^53 − 1) it is the text of its digits, so that two integers
 * never become equal.
 */
function exactInteger(value: number | bigint): number | string {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}

const floorDivide = (value: bigint, by: bigint): bigint => value / by - (value % by < 0n ? 1n : 0n)

/** Nanoseconds since 1970 in ISO 8601, with as many digits as needed. `end` is `Z` or empty. */
function isoOfNanos(nanos: bigint, end: string): string | null {
  const seconds = floorDivide(nanos, NANOS_PER.seconds)
  const date = new Date(Number(seconds) * 1000)
  if (Number.isNaN(date.getTime())) return null
  const fraction = String(nanos - seconds * NANOS_PER.seconds)
    .padStart(9, '0')
    .replace(/(000){1,3}$/, '')
  return `${date.toISOString().slice(0, -5)}${fraction === '' ? '' : `.${fraction}`}${end}`
}

/** Big-endian, two's complement (Parquet, "Logical types: DECIMAL"). */
function integerOf(value: number | bigint | Uint8Array): bigint {
  if (!(value instanceof Uint8Array)) return BigInt(value)
  const hex = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
  return hex === '' ? 0n : BigInt.asIntN(value.length * 8, BigInt(`0x${hex}`))
}

/** A number if a double holds all digits, otherwise their text. */
function decimalOf(value: number | bigint | Uint8Array, scale: number): number | string {
  const whole = integerOf(value)
  const digits = String(whole < 0n ? -whole : whole).padStart(scale + 1, '0')
  const point = digits.length - scale
  const sign = whole < 0n ? '-' : ''
  const text = `${sign}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ''}`
  return digits.length <= EXACT_DIGITS ? Number(text) : text
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/**
 * Text if the bytes are UTF-8, otherwise `\x` and hexadecimal digits, so that two values never
 * become equal.
 */
function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`
  }
}

function uuidOf(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

const TIME_UNITS: Readonly<Record<string, keyof typeof NANOS_OF>> = {
  TIMESTAMP_MILLIS: 'MILLIS',
  TIMESTAMP_MICROS: 'MICROS',
  TIME_MILLIS: 'MILLIS',
  TIME_MICROS: 'MICROS',
}

function timestampOf(nanos: bigint, isUtc: boolean, unit: TimeUnit) {
  if (unit === 'iso') return isoOfNanos(nanos, isUtc ? 'Z' : '')
  return exactInteger(floorDivide(nanos, NANOS_PER[unit]))
}

/**
 * Converts a column's stored values to JSON values: integers and decimals with all digits, DATE and
 * TIME in ISO 8601, TIMESTAMP in `unit` (without `Z` if it is local time).
 */
export function cellOf(
  { type, converted_type: converted, logical_type: logical, scale = 0 }: SchemaElement,
  unit: TimeUnit,
): (value: never) => unknown {
  const kind = logical?.type ?? converted
  const isUtc = logical && 'isAdjustedToUTC' in logical ? logical.isAdjustedToUTC : true
  const stored = logical && 'unit' in logical ? logical.unit : TIME_UNITS[converted ?? '']
  const nanosOf = NANOS_OF[stored ?? 'NANOS']
  if (type === 'INT96') return (nanos: bigint) => timestampOf(nanos, true, unit)
  if (kind?.startsWith('TIMESTAMP'))
    return (value: bigint) => timestampOf(BigInt(value) * nanosOf, isUtc, unit)
  if (kind?.startsWith('TIME'))
    return (value: bigint | number) => isoOfNanos(BigInt(value) * nanosOf, '')?.slice(11)
  if (kind === 'DATE')
    return (days: number) => {
      const date = new Date(days * DAY_MS)
      return Number.isNaN(date.getTime()) ? null : date.toISOString().slice(0, -14)
    }
  if (kind === 'DECIMAL') {
    const digits = logical?.type === 'DECIMAL' ? logical.scale : scale
    return (value: number | bigint | Uint8Array) => decimalOf(value, digits)
  }
  if (kind === 'UUID') return uuidOf
  if (kind === 'FLOAT16') return parseFloat16
  if (type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY') return textOf
  const isUnsigned = converted?.startsWith('UINT') || (kind === 'INTEGER' && !isSigned(logical))
  if (type === 'INT64')
    return (value: bigint) => exactInteger(isUnsigned ? BigInt.asUintN(64, value) : value)
  if (type === 'INT32' && isUnsigned) return (value: number) => value >>> 0
  return (value: unknown) => value
}
const isSigned = (logical: SchemaElement['logical_type']): boolean =>
  logical?.type === 'INTEGER' && logical.isSigned
