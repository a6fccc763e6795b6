import type { ClosingPlan, DropManifest } from '../contract/accounts.ts'

/** Records of drops, summed: read, accepted, quarantined by reason; drops refused by reason. */
export type DropSums = ClosingPlan['drops']

/** One drop's. */
export const sumsOf = ({ read, accepted, quarantined, refused }: DropManifest): DropSums => ({
  read,
  accepted,
  quarantined,
  refused: refused ? { [refused.reason]: 1 } : {},
})

export function sumDrops(all: readonly DropSums[]): DropSums {
  const sums: DropSums = { read: 0, accepted: 0, quarantined: {}, refused: {} }
  for (const drops of all) {
    sums.read += drops.read
    sums.accepted += drops.accepted
    for (const name of ['quarantined', 'refused'] as const)
      for (const [reason, count] of Object.entries(drops[name]))
        sums[name][reason] = (sums[name][reason] ?? 0) + count
  }
  return sums
}
