import { parseVersionId } from '../contract/keys.ts'
import type { DecisionRow } from '../contract/registry.ts'
import type { Metrics } from '../contract/stage.ts'
import type { Log } from '../core/log.ts'
import type { Registry } from './registry.ts'

/** The metrics of every stage that takes decisions. */
export const DECISION_METRICS = {
  Flips: { of: 'scene', unit: 'Count' },
  Refusals: { of: 'scene', unit: 'Count' },
  Rollbacks: { of: 'scene', unit: 'Count' },
  Skips: { of: 'scene', unit: 'Count' },
  Failures: { of: 'scene', unit: 'Count' },
  /** Time from the end of the data to the flip. */
  ReleaseFreshness: { of: 'tier', unit: 'Seconds' },
} as const satisfies Metrics
type DecisionMetric = keyof typeof DECISION_METRICS

/** The metric of a decision. Operators' holds and exclusions are not counted: they know of them. */
const COUNTED: Partial<Record<DecisionRow['kind'], DecisionMetric>> = {
  flip: 'Flips',
  promotion: 'Flips',
  refusal: 'Refusals',
  withdrawal: 'Refusals',
  rollback: 'Rollbacks',
  skip: 'Skips',
  failure: 'Failures',
}

/** Two special cases: an exclusion by a gate, and a withdrawal after which nothing is served. */
function metricOf({ kind, to, evidence }: DecisionRow): DecisionMetric | undefined {
  if (kind === 'exclusion' && 'gate' in evidence) return 'Refusals'
  return kind === 'withdrawal' && to === null ? 'Rollbacks' : COUNTED[kind]
}

/**
 * A registry that counts its decisions in metrics. A retry that writes the same row again counts
 * again. Alarms only ask whether there was any; the registry holds the exact number.
 */
export const measureDecisions = (
  registry: Registry,
  scene: string,
  log: Log<DecisionMetric>,
): Registry => ({
  ...registry,
  async decide(row, subject) {
    await registry.decide(row, subject)
    const { kind, tier, version, reason, evidence, timeMs } = row
    const metric = metricOf(row)
    if (!metric) return
    const fields = { tier, version, reason, gate: evidence['gate'] ?? null }
    log.measure(`decided: ${kind}`, { scene }, { [metric]: 1 }, fields)
    const released = metric === 'Flips' && version !== null ? parseVersionId(version) : null
    if (released)
      log.measure(
        'released',
        { scene, tier: released.tier },
        { ReleaseFreshness: (timeMs - released.dataThroughMs) / 1000 },
        { version },
      )
  },
})
