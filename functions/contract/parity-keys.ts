import { ANY, family, under } from './family.ts'
import { DATE, SCENE } from './key-parts.ts'
import { dateOf, ms } from './time.ts'

/** Accounts of the comparison of served cells with those of samples, by the scheduled time of their run. */
export interface ParityName {
  scene: string
  scheduledMs: number
}
export const parityPrefix = (scene: string): string => `parity/${scene}/`
export const parityDatePrefix = (scene: string, scheduledMs: number): string =>
  `${parityPrefix(scene)}date=${dateOf(scheduledMs)}/`
export const parityKey = ({ scene, scheduledMs }: ParityName): string =>
  `${parityDatePrefix(scene, scheduledMs)}${ms(scheduledMs)}.json`
const PARITY = new RegExp(`^parity/${SCENE}/date=${DATE}/(\\d{13})\\.json$`)
export function parseParityKey(key: string): ParityName | null {
  const m = PARITY.exec(key)
  return m && { scene: m[1]!, scheduledMs: Number(m[3]) }
}
export const parityAccounts = family('lake', under(parityPrefix(ANY)), 'for good', 'no users')
