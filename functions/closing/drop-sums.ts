import type { ClosingPlan, DropManifest } from '../contract/accounts.ts'

/** Sums over drops: records read, accepted and quarantined by reason; drops refused by reason. */
export type DropSums = ClosingPlan['drops']

/** The sums of one drop. */
export const sumsOf = ({ read, accepted, quarantined, refused }: DropManifest): DropSums => ({
  read,
  accepted,
  quarantined,
  refused: refused ? { [refused.reason]: 1 } : {},
})

/** Sums a list of counts by reason. */
export function sumReasons(
  accounts: readonly Readonly<Record<string, number>>[],
): Record<string, number> {
  const sums: Record<string, number> = Object.create(null)
  for (const account of accounts)
    for (const [reason, count] of Object.entries(account))
      sums[reason] = (sums[reason] ?? 0) + count
  return sums
}

export const sumDrops = (all: readonly DropSums[]): DropSums => ({
  read: all.reduce((sum, { read }) => sum + read, 0),
  accepted: all.reduce((sum, { accepted }) => sum + accepted, 0),
  quarantined: sumReasons(all.map(({ quarantined }) => quarantined)),
  refused: sumReasons(all.map(({ refused }) => refused)),
})
