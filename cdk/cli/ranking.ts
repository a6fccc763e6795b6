import type { CurrentRow } from '../../functions/contract/registry.ts'
import { createPseudonyms, type Pseudonymize } from '../../functions/intake/identity.ts'
import { unitInterval } from '../../functions/math/hash.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import type { Cloud } from '../local/cloud.ts'
import { readLocalSecret } from './local-secrets.ts'

/** The release that ranks a user's slates, resolved as an online service does. */
export interface Ranking {
  /** Reads the served release again. */
  refresh(): Promise<void>
  /** Sequence of the release that ranks this user's slates. Null before the first release. */
  releaseOf(userId: string): string | null
}

/** Pseudonyms as intake makes them, with the key of the run's own cloud. */
export async function openPseudonyms(cloud: Cloud, scene: string): Promise<Pseudonymize> {
  return createPseudonyms(await readLocalSecret(cloud, 'IdentitySecret'), scene)
}

export async function openRanking(cloud: Cloud, scene: string): Promise<Ranking> {
  const pseudonymize = await openPseudonyms(cloud, scene)
  const registry = openRegistry(cloud.registry, scene)
  let current: CurrentRow | null = null
  return {
    async refresh() {
      current = await registry.current()
    },
    releaseOf(userId) {
      if (current === null || current.version === null) return null
      const { canary } = current
      const isTriedOn =
        canary !== null && unitInterval(pseudonymize('user', userId), canary.seed) < canary.share
      return String(isTriedOn ? canary.sequence : current.sequence)
    },
  }
}
