import type { Feature } from '../contract/features.ts'
import type { Cells, Emit } from '../features/kinds/kind.ts'
import { kindOf } from '../features/kinds/kinds.ts'
import { murmur3 } from '../math/hash.ts'

/** Slot 0 is the bias. It is always on, is outside the hashed range, and has no factors. */
export const BIAS_SLOT = 0

/** Turns the `f_` cells of a sample into slots of a table of 2^hashBits weights. The bias comes first. */
export type Vectorizer = (row: Cells, emit: Emit) => void

/**
 * The only definition of how a row of features becomes numbers, for training and for every reader. Each
 * kind of feature defines its own slots: see `functions/features/kinds/slots.ts`.
 *
 * Only categories have factors. Factors of bins and crosses memorize single sessions: on MovieLens by
 * time they cost 0.006 AUC. Without them a factorization machine equals logistic regression there.
 */
export function createVectorizer(features: readonly Feature[], hashBits: number): Vectorizer {
  const range = 2 ** hashBits - 1
  const remembered = new Map<string, number>()
  const slotOf = (name: string): number => {
    let slot = remembered.get(name)
    if (slot === undefined) {
      slot = 1 + (murmur3(name) % range)
      // Names repeat. The limit keeps the map small if many new names come.
      if (remembered.size < 1_000_000) remembered.set(name, slot)
    }
    return slot
  }
  const encoders = features.map((feature) => kindOf(feature).encoder(feature, slotOf))
  return (row, emit) => {
    emit(BIAS_SLOT, 1)
    for (const encode of encoders) encode(row, emit)
  }
}
