import type { VerdictRow } from '../contract/verdicts.ts'
import { unitInterval } from '../math/hash.ts'

export interface Holdback {
  /** Share of the verdicts, by their subject, that are not acted on. */
  share: number
  seed: number
}

/** All verdicts about one subject are held back, or none is. So the effect on a user can be measured. */
export const isHeldBack = (
  { subject, id }: Pick<VerdictRow, 'subject' | 'id'>,
  { share, seed }: Holdback,
): boolean => unitInterval(`holdback\n${subject}\n${id}`, seed) < share
