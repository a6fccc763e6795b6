import type { Interval, Tier } from '../contract/training.ts'
import { baseOf, walkToRoot } from '../registry/ancestry.ts'
import type { Decision, Version } from './findings.ts'

/** What a served model has learned, split by the tier that learned it. */
type Layers = Record<Tier, Interval>

/** One version served to all users, from its flip until the next one. */
export interface ServedSpan {
  fromMs: number
  /** Null while it is still served. */
  throughMs: number | null
  version: Version
  /** When its base was scheduled. A full or daily is its own base. */
  baseScheduledMs: number
  layers: Layers
  /** The decision that made it the served version. */
  by: Decision
}

/** Decisions that change what all users are served; a canary serves only some. */
const CHANGES: readonly string[] = ['flip', 'promotion', 'rollback']
/** Whether nothing is served after this decision. */
const endsServing = ({ kind, from, to }: Decision): boolean =>
  kind === 'withdrawal' && from !== null && to === null

/**
 * Half-open intervals of event time by tier, one after the other. Empty for a tier that learned
 * nothing.
 */
function layersOf(version: Version, byId: ReadonlyMap<string, Version>): Layers {
  const base = byId.get(baseOf(version)) ?? version
  const root = walkToRoot((name) => byId.get(name), base.version).at(-1)!
  return {
    full: { fromMs: root.dataFromMs, throughMs: root.dataThroughMs },
    daily: { fromMs: root.dataThroughMs, throughMs: base.dataThroughMs },
    hourly: { fromMs: base.dataThroughMs, throughMs: version.dataThroughMs },
  }
}

/** What one scene served, in order of time. */
export function servedSpans(
  versions: readonly Version[],
  decisions: readonly Decision[],
): ServedSpan[] {
  const byId = new Map(versions.map((version) => [version.version, version]))
  const changes = decisions
    .filter(
      (decision) =>
        (CHANGES.includes(decision.kind) && byId.has(decision.version ?? '')) ||
        endsServing(decision),
    )
    .sort((a, b) => a.timeMs - b.timeMs || (a.to ?? 0) - (b.to ?? 0))
  return changes.flatMap((by, i) => {
    if (endsServing(by)) return []
    const version = byId.get(by.version!)!
    return {
      fromMs: by.timeMs,
      throughMs: changes[i + 1]?.timeMs ?? null,
      version,
      baseScheduledMs: (byId.get(baseOf(version)) ?? version).scheduledMs,
      layers: layersOf(version, byId),
      by,
    }
  })
}
