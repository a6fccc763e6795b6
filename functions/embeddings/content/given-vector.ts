import type { Attributes } from '../../contract/attributes.ts'

/** Why a vector that an entity brings is not taken. */
export type VectorFlaw = 'not_a_vector' | 'wrong_dimension' | 'not_finite' | 'zero'

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

const NOT_FINITE = /^[+-]?(?:nan|inf|infinity)$/i

/** Decimals, separated by commas or spaces, with or without brackets. Null: something else is among them. */
function parseDecimals(text: string): number[] | null {
  const parts = text.split(/[\s,[\]]+/).filter((part) => part !== '')
  const numbers = parts.map((part) =>
    NOT_FINITE.test(part) ? Number.POSITIVE_INFINITY : Number(part),
  )
  return numbers.some(Number.isNaN) ? null : numbers
}

function parseBase64(text: string): number[] | null {
  if (!BASE64.test(text)) return null
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length % 4 !== 0) return null
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i))
}

/**
 * A vector that a model outside made, in an attribute: base64 of little-endian f32, or decimals separated by commas
 * or spaces. A list of texts is joined, since a text is at most 256 characters in a list and 1024 alone. Returns
 * it at length 1, or what is wrong with it.
 */
export function parseVector(
  value: Attributes[string],
  dimensions: number,
): Float32Array | VectorFlaw {
  const pieces = Array.isArray(value) ? value : [String(value)]
  const isDecimal = pieces.some((piece) => /[\s,.[\]]/.test(piece))
  const numbers = isDecimal ? parseDecimals(pieces.join(',')) : parseBase64(pieces.join(''))
  if (!numbers) return 'not_a_vector'
  if (numbers.length !== dimensions) return 'wrong_dimension'
  let norm = 0
  for (const number of numbers) norm += number * number
  if (!Number.isFinite(norm)) return 'not_finite'
  if (norm === 0) return 'zero'
  return Float32Array.from(numbers, (number) => number / Math.sqrt(norm))
}
