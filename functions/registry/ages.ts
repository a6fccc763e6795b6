import type { CurrentRow, VersionRow } from '../contract/registry.ts'
import type { Tier } from '../contract/training.ts'
import type { Registry } from './registry.ts'

export interface Ages {
  /** Seconds since the data of the tier's newest accepted version ends. A tier without one is absent. */
  acceptedAge: Partial<Record<Tier, number>>
  /** The same for the served version; null where nothing is served. */
  servedAge: number | null
  /** Seconds since another run's lease expired; 0 where there is no such lease. */
  leaseOverdue: number
  /** Seconds until another run's lease expires; 0 where there is no such lease. */
  leaseHeld: number
}

/**
 * How old a scene's versions are at an instant of event time, and whether a lease outlived its run.
 * `run` is the run that measures. It may hold the lease itself, from an earlier delivery.
 */
export function measureAges(
  versions: readonly VersionRow[],
  current: CurrentRow | null,
  run: { planKey: string; nowMs: number },
): Ages {
  const { planKey, nowMs } = run
  const age = ({ dataThroughMs }: VersionRow): number => (nowMs - dataThroughMs) / 1000
  const acceptedAge: Ages['acceptedAge'] = {}
  for (const version of versions)
    if (version.status === 'accepted')
      acceptedAge[version.tier] = Math.min(acceptedAge[version.tier] ?? Infinity, age(version))
  const served = versions.find(({ version }) => version === current?.version)
  const leftMs =
    current?.lease && current.lease.owner !== planKey ? current.lease.untilMs - nowMs : 0
  return {
    acceptedAge,
    servedAge: served ? age(served) : null,
    leaseOverdue: Math.max(0, -leftMs) / 1000,
    leaseHeld: Math.max(0, leftMs) / 1000,
  }
}

/** Reads what `measureAges` needs. A served increment may be too old to be among `versions`. */
export async function loadAges(
  registry: Registry,
  versions: readonly VersionRow[],
  current: CurrentRow | null,
  run: { planKey: string; nowMs: number },
): Promise<Ages> {
  const isKnown = versions.some(({ version }) => version === current?.version)
  const served = current?.version && !isKnown ? await registry.version(current.version) : null
  return measureAges(served ? [...versions, served] : versions, current, run)
}
