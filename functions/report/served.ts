import type { Interval, Tier } from '../contract/training.ts'
import { baseOf, walkToRoot } from '../registry/ancestry.ts'
import type { Findings } from './collect.ts'

type Version = Findings['versions'][number]
export type Decision = Findings['releases'][number]

/** What a served model has learned, cut by the tier that it learned it in. */
export type Layers = Record<Tier, Interval>

/** One version served to all, from its flip until the next. */
export interface ServedSpan {
  fromMs: number
  /** Null: it is served still. */
  throughMs: number | null
  version: Version
  /** When the base of its chain was scheduled; a full or daily is its own base. */
  baseScheduledMs: number
  layers: Layers
  /** The decision that brought it. */
  by: Decision
}

/** Decisions that change what all are served; a canary's are for some. */
const CHANGES: readonly string[] = ['flip', 'promotion', 'rollback']
/** After it nothing is served. */
const endsServing = ({ kind, from, to }: Decision): boolean =>
  kind === 'withdrawal' && from !== null && to === null

/** Half-open intervals of event time by tier: full up to daily up to hourly; empty where it has none. */
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
