import type { UserCounts } from '../contract/removed.ts'
import { sumReasons } from './drop-sums.ts'

/**
 * Counts users, and by reason those of whom an event was excluded. Memory: one entry for each user, and
 * one for each user and reason.
 */
export function openUserCounts() {
  const all = new Set<string>()
  const excluded = new Map<string, Set<string>>()
  return {
    add(user: string, reason: string | null): void {
      all.add(user)
      if (reason === null) return
      const found = excluded.get(reason)
      if (found) found.add(user)
      else excluded.set(reason, new Set([user]))
    },
    counts: (): UserCounts => ({
      all: all.size,
      excluded: Object.fromEntries([...excluded].map(([reason, users]) => [reason, users.size])),
    }),
  }
}

/** Adds counts of different hours, or of different users of one hour. */
export function sumUserCounts(all: readonly UserCounts[]): UserCounts {
  return {
    all: all.reduce((sum, counts) => sum + counts.all, 0),
    excluded: { ...sumReasons(all.map(({ excluded }) => excluded)) },
  }
}
