import type { Count } from './profile.ts'

/**
 * `serious`: no training, a refusal by a gate, or training on impossible times. `warning`: training on
 * less data than expected. `note`: information.
 */
export type Severity = 'serious' | 'warning' | 'note'
export interface Finding {
  severity: Severity
  /** Name of the check. It does not depend on the numbers. */
  name: string
  says: string
}

export const number = (value: number): string => value.toLocaleString('en-GB')
export const lines = (count: number): string => `${number(count)} ${count === 1 ? 'line' : 'lines'}`
export const counted = ({ count, isExact }: Count): string =>
  `${isExact ? '' : 'about '}${number(count)}`
export const percent = (share: number): string =>
  `${(100 * share).toFixed(share > 0 && share < 0.001 ? 3 : 1)} %`

export type Found = (Finding | null | false)[]
export const finding = (severity: Severity, name: string, says: string): Finding => ({
  severity,
  name,
  says,
})
