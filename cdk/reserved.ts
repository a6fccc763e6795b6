import { TIERS } from '../functions/contract/training.ts'
import type { Deployment } from './config.ts'

/**
 * Concurrency of their own, where a deployment reserves any: a cap on the stages that run wide, so
 * that a flood of drops or a year's first run leaves the account's other functions theirs, and a
 * place that is always free for the one that a person calls in need. The rest run one at a time.
 */
export function reservedConcurrency({ intakeConcurrency, mapConcurrency, scenes }: Deployment): {
  intake: number
  /** Each of the stages that a run maps over its pieces. */
  pieces: number
  rollback: number
} {
  // Every tier's run, and the one that regrows an hourly chain, at once.
  const runs = scenes
    .map(({ tiers }) => TIERS.filter((tier) => tiers[tier]).length + (tiers.hourly ? 1 : 0))
    .reduce((sum, count) => sum + count, 0)
  return { intake: intakeConcurrency, pieces: mapConcurrency * runs, rollback: 1 }
}
