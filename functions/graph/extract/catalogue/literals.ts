import { MAX_LITERAL } from '../../../contract/claims.ts'
import type { UnitName } from '../../../contract/graph.ts'
import { convert, parseQuantity, unitNamed } from './units.ts'

/** A literal that a value states, and what of the mapping's confidence it keeps. */
export interface Literal {
  object: string | number
  unit?: UnitName
  share: number
}

/** A number whose unit the mapping guesses. */
const GUESSED_UNIT = 0.9
/** A number in a unit that measures something else, or a text where a number is expected. */
const DOUBTFUL = 0.4

const textLiteral = (text: string, share: number): Literal | null => {
  const object = text.normalize('NFKC').replace(/\s+/g, ' ').trim().slice(0, MAX_LITERAL)
  return object === '' ? null : { object: object.toWellFormed(), share }
}

/**
 * One value as a literal. With a wanted unit, numbers are converted to it. A number in a unit of another dimension
 * is kept as it is with less confidence, and so is a text without a number.
 */
export function literalOf(
  value: string | number | boolean,
  unit: UnitName | undefined,
): Literal | null {
  if (typeof value === 'boolean') return { object: String(value), share: 1 }
  if (typeof value === 'number')
    return Number.isFinite(value)
      ? { object: value, ...(unit && { unit }), share: unit ? GUESSED_UNIT : 1 }
      : null
  if (!unit) return textLiteral(value, 1)
  const quantity = parseQuantity(value)
  if (!quantity) return textLiteral(value, DOUBTFUL)
  if (quantity.unit === '') return { object: quantity.value, unit, share: GUESSED_UNIT }
  const from = unitNamed(quantity.unit)
  if (!from) return textLiteral(value, DOUBTFUL)
  const converted = convert(quantity.value, from, unit)
  return converted === null
    ? { object: quantity.value, unit: from, share: DOUBTFUL }
    : { object: converted, unit, share: 1 }
}
