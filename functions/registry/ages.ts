import type { CurrentRow, VersionRow } from '../contract/registry.ts'
import type { Tier } from '../contract/training.ts'
import type { Registry } from './registry.ts'

export interface Ages {
  /** Seconds from the end of the data of the tier's newest accepted version; absent where there is none. */
  acceptedAge: Partial<Record<Tier, number>>
  /** Of the version that is served; null before the first release. */
  servedAge: number | null
  /** Seconds that a lease stands past its time, and that another run still has it: 0 where none does. */
  leaseOverdue: number
  leaseHeld: number
}

/**
 * How old a scene's versions are at an instant of event time, and whether a lease outlived its run.
 * `run` is the one that looks: the lease that its first delivery took is its own.
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

/** Reads what `measureAges` asks for; an increment that is served may be older than its chain. */
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
