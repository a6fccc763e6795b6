/**
 * Every metric that the stages write, declared once: `functions/` measures it, `cdk/` draws it and
 * raises alarms on it. `of`: one series a scene, or one a scene and tier.
 */

interface Metric {
  of: 'scene' | 'tier'
  unit: 'Count' | 'Seconds'
}

export const METRICS = {
  /** Records of drops: intake. */
  RecordsAccepted: { of: 'scene', unit: 'Count' },
  RecordsQuarantined: { of: 'scene', unit: 'Count' },
  /** Drops of which nothing was read. */
  DropsRefused: { of: 'scene', unit: 'Count' },
  /** Events of closed hours: closing. */
  EventsKept: { of: 'scene', unit: 'Count' },
  EventsDuplicate: { of: 'scene', unit: 'Count' },
  EventsExcluded: { of: 'scene', unit: 'Count' },
  /** Hours, or shards of them, of which nothing could be kept. */
  HoursExcluded: { of: 'scene', unit: 'Count' },
  /** Looked at when a run is planned: from the data's end to the run's time. */
  AcceptedAge: { of: 'tier', unit: 'Seconds' },
  ServedAge: { of: 'scene', unit: 'Seconds' },
  /** For how long a lease stands past its time, and for how long another writer still has it. */
  LeaseOverdue: { of: 'scene', unit: 'Seconds' },
  LeaseHeld: { of: 'scene', unit: 'Seconds' },
  /** Decisions, as the registry has them. */
  Flips: { of: 'scene', unit: 'Count' },
  Refusals: { of: 'scene', unit: 'Count' },
  Rollbacks: { of: 'scene', unit: 'Count' },
  Skips: { of: 'scene', unit: 'Count' },
  Failures: { of: 'scene', unit: 'Count' },
  /** Verdicts on trained versions: evaluate. */
  VersionsAccepted: { of: 'tier', unit: 'Count' },
  VersionsRefused: { of: 'tier', unit: 'Count' },
  VersionsRelapsed: { of: 'tier', unit: 'Count' },
  VersionsFailed: { of: 'tier', unit: 'Count' },
  /** From the data's end to the flip. */
  ReleaseFreshness: { of: 'tier', unit: 'Seconds' },
} as const satisfies Record<string, Metric>
export type MetricName = keyof typeof METRICS

/** What a series is told apart by, in the order of CloudWatch's dimension sets. */
export const DIMENSIONS = { scene: ['scene'], tier: ['scene', 'tier'] } as const

/** The namespace of a deployment that has no environment; another has its name behind a slash. */
export const METRICS_NAMESPACE = 'Quartermaster'
