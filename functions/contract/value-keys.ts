import type { DropName } from './drop-keys.ts'
import { ANY, family, under } from './family.ts'
import { DATE, DIGEST, padPart, SCENE } from './key-parts.ts'
import { dateOf, ms } from './time.ts'

/**
 * Keys of what features accumulate. `keys.ts` exports them with all other keys. Counts of users and
 * items have one file for all series; every other series has files of its own.
 */

const SERIES = '([0-9a-f]{8})'

/** The events of one drop, as the near line counts them. */
export interface DeltaName extends DropName {
  scene: string
}
export const deltasPrefix = (scene: string): string => `deltas/${scene}/`
export const deltaFiles = family('lake', under(deltasPrefix(ANY)), 'lakeRetentionDays', 'users')
/** Deltas lie under the date of the drop's arrival. */
export const deltasDatePrefix = (scene: string, arrivalMs: number): string =>
  `${deltasPrefix(scene)}date=${dateOf(arrivalMs)}/`
export const deltaKey = ({ scene, arrivalMs, drop }: DeltaName): string =>
  `${deltasDatePrefix(scene, arrivalMs)}${ms(arrivalMs)}-${drop}.parquet`
const DELTA = new RegExp(`^deltas/${SCENE}/date=${DATE}/(\\d{13})-${DIGEST}\\.parquet$`)
export function parseDeltaKey(key: string): DeltaName | null {
  const m = DELTA.exec(key)
  return m ? { scene: m[1]!, arrivalMs: Number(m[3]), drop: m[4]! } : null
}

/** The states that one batch of a closing adds to a series. */
export interface StatesName {
  scene: string
  series: string
  closedThroughMs: number
  piece: number
}
export const statesPrefix = (scene: string, series: string): string => `states/${scene}/${series}/`
export const stateFiles = family(
  'lake',
  under(statesPrefix(ANY, ANY)),
  'lakeRetentionDays',
  'users',
)
export const statesDatePrefix = (scene: string, series: string, closedThroughMs: number): string =>
  `${statesPrefix(scene, series)}date=${dateOf(closedThroughMs)}/`
export const statesKey = ({ scene, series, closedThroughMs, piece }: StatesName): string =>
  `${statesDatePrefix(scene, series, closedThroughMs)}${ms(closedThroughMs)}-${padPart(piece)}.parquet`
const STATES = new RegExp(`^states/${SCENE}/${SERIES}/date=${DATE}/(\\d{13})-(\\d{5})\\.parquet$`)
export function parseStatesKey(key: string): StatesName | null {
  const m = STATES.exec(key)
  return m
    ? { scene: m[1]!, series: m[2]!, closedThroughMs: Number(m[4]), piece: Number(m[5]) }
    : null
}
