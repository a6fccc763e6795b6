import type { Claim } from '../../contract/claims.ts'
import { compareTexts } from '../claims/claim.ts'
import { convert, unitNamed } from '../extract/catalogue/units.ts'

/** Claims of one subject and relation that say the same, the one that stands for them first. */
export type Alike = readonly Claim[]

/** Numbers within this share of the least one of a group are one value: rounding, and conversion of units. */
const TOLERANCE = 0.01

const plain = (text: string): string =>
  text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()

/** The unit that most claims are in, in code-unit order where several are. Claims without a unit do not count. */
function commonUnit(claims: readonly Claim[]): string | null {
  const counts = new Map<string, number>()
  for (const { unit } of claims)
    if (unit !== undefined) counts.set(unit, (counts.get(unit) ?? 0) + 1)
  const [first] = [...counts].sort(([a, x], [b, y]) => y - x || compareTexts(a, b))
  return first ? first[0] : null
}

/** A number in the common unit and its dimension: numbers of different dimensions are never one value. */
function measureOf(
  { object, unit }: Claim,
  common: string | null,
): { value: number; dimension: string } {
  const value = object as number
  // A number without a unit is taken to be in the common one.
  if (unit === undefined || unit === common) return { value, dimension: '' }
  const [from, to] = [unitNamed(unit), common === null ? null : unitNamed(common)]
  const converted = from && to ? convert(value, from, to) : null
  return converted === null ? { value, dimension: unit } : { value: converted, dimension: '' }
}

function groupNumbers(claims: readonly Claim[]): Claim[][] {
  const common = commonUnit(claims)
  const measured = claims
    .map((claim, place) => ({ claim, place, ...measureOf(claim, common) }))
    .sort(
      (a, b) => compareTexts(a.dimension, b.dimension) || a.value - b.value || a.place - b.place,
    )
  const groups: Claim[][] = []
  let start: (typeof measured)[number] | null = null
  for (const one of measured) {
    const isNear =
      start !== null &&
      start.dimension === one.dimension &&
      one.value - start.value <= TOLERANCE * Math.max(Math.abs(start.value), Math.abs(one.value))
    if (isNear) groups.at(-1)!.push(one.claim)
    else {
      groups.push([one.claim])
      start = one
    }
  }
  return groups
}

/** The object that most confidence is for comes first; ties by the order of the claims. */
function representativeFirst(claims: readonly Claim[]): Claim[] {
  const support = new Map<string, number>()
  const key = ({ object, unit }: Claim): string => JSON.stringify([object, unit ?? null])
  for (const claim of claims)
    support.set(key(claim), (support.get(key(claim)) ?? 0) + claim.confidence)
  return [...claims].sort((a, b) => support.get(key(b))! - support.get(key(a))!)
}

/**
 * Claims about one subject and relation, in canonical order, by what they say. Entities are equal by id, texts
 * without case and white space, numbers in one unit within 1 %.
 */
export function groupValues(claims: readonly Claim[]): Alike[] {
  const isNumber = ({ isEntity, object }: Claim): boolean => !isEntity && typeof object === 'number'
  const words = Map.groupBy(
    claims.filter((claim) => !isNumber(claim)),
    ({ isEntity, object }) => (isEntity ? `entity ${object}` : `text ${plain(object as string)}`),
  )
  const groups = [...words.values(), ...groupNumbers(claims.filter(isNumber))]
  return groups.map(representativeFirst)
}
