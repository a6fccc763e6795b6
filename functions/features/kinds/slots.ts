import { VALUE_SEPARATOR } from '../../contract/rows.ts'
import { logit } from '../../math/logistic.ts'
import type { Cell, Encoder, SlotOf } from './kind.ts'

/** How values become slots. Each name of a slot begins with the feature's name. */

const MISSING = '\u0000missing'
const MAX_LOGIT = 4
const MIN_RATE = 1e-6

export const categoriesIn = (cell: Cell | undefined): string[] =>
  cell === null || cell === undefined || cell === ''
    ? [MISSING]
    : String(cell).split(VALUE_SEPARATOR)

/** One-hot. Each of m values gets 1/√m, so the norm of a row does not grow with its number of tags. */
export const encodeCategories =
  (name: string, slotOf: SlotOf): Encoder =>
  (row, emit) => {
    const values = categoriesIn(row[`f_${name}`])
    for (const value of values) emit(slotOf(`${name}=${value}`), 1 / Math.sqrt(values.length), true)
  }

/** Calls `encode` with a finite number. Any other cell gets the feature's slot for missing values. */
const encodeFinite =
  (
    name: string,
    slotOf: SlotOf,
    encode: (value: number, emit: (slot: string, value: number) => void) => void,
  ): Encoder =>
  (row, emit) => {
    const cell = row[`f_${name}`]
    if (typeof cell !== 'number' || !Number.isFinite(cell))
      return emit(slotOf(`${name}=${MISSING}`), 1)
    encode(cell, (slot, value) => emit(slotOf(slot), value))
  }

/**
 * A number x of either sign: one-hot by half octaves of 1 + |x|, plus ±ln(1 + |x|)/4. `scale`
 * multiplies it first, where a smaller unit tells more values apart.
 */
export const encodeNumber = (name: string, slotOf: SlotOf, scale = 1): Encoder =>
  encodeFinite(name, slotOf, (value, emit) => {
    const size = Math.abs(value * scale)
    const sign = value < 0 ? '-' : ''
    emit(`${name}#${sign}${Math.floor(2 * Math.log2(1 + size))}`, 1)
    if (size > 0) emit(name, (Math.sign(value) * Math.log1p(size)) / 4)
  })

/** A distance on a logarithmic scale, limited to ±4: one-hot by halves, plus half of it. */
function encodeDistance(
  name: string,
  distance: number,
  emit: (slot: string, value: number) => void,
): void {
  const limited = Math.min(MAX_LOGIT, Math.max(-MAX_LOGIT, distance))
  emit(`${name}#${Math.floor(2 * limited)}`, 1)
  if (limited !== 0) emit(name, limited / 2)
}

/** A score on the scale of log-odds. */
export const encodeScore = (name: string, slotOf: SlotOf): Encoder =>
  encodeFinite(name, slotOf, (score, emit) => encodeDistance(name, score, emit))

/** A rate, by its distance from the log-odds of the prior. */
export function encodeRate(name: string, slotOf: SlotOf, priorRate: number): Encoder {
  const prior = logit(priorRate)
  return encodeFinite(name, slotOf, (rate, emit) => {
    const bounded = Math.min(1 - MIN_RATE, Math.max(MIN_RATE, rate))
    encodeDistance(name, logit(bounded) - prior, emit)
  })
}

/** A quotient, by its logarithm. One that is not above 0 has a slot of its own. */
export const encodeQuotient = (name: string, slotOf: SlotOf): Encoder =>
  encodeFinite(name, slotOf, (quotient, emit) => {
    if (quotient > 0) encodeDistance(name, Math.log(quotient), emit)
    else emit(`${name}#none`, 1)
  })

/** A share from 0 to 1, or a cosine: one-hot by tenths, plus the number. */
export const encodeShare = (name: string, slotOf: SlotOf): Encoder =>
  encodeFinite(name, slotOf, (share, emit) => {
    emit(`${name}#${Math.floor(10 * share)}`, 1)
    if (share !== 0) emit(name, share)
  })

/** A small whole number: one-hot. */
export const encodeSteps = (name: string, slotOf: SlotOf): Encoder =>
  encodeFinite(name, slotOf, (steps, emit) => emit(`${name}#${steps}`, 1))
