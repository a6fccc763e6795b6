import type { Study } from '../../../functions/contract/fresh.ts'
import type { EventRow, SampleRow } from '../../../functions/contract/rows.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { DAY_MS } from '../../../functions/contract/time.ts'
import { closableThrough } from '../../../functions/registry/timetable.ts'
import { type Closing, closedBy } from '../fresh/closings.ts'
import { compareArms, type ScoredTrial } from '../fresh/compare.ts'
import { type HeldOut, sampleLog, trainHeldOut } from '../fresh/held-out.ts'
import type { ScreenedWorld } from './screen-world.ts'

const HELD_DAYS = 2
const BOOTSTRAP = { resamples: 200, confidence: 0.95, seed: 1 }
/** The model that learned from honest events only. */
const ORACLE = 'oracle-cleaned'

/** What closings keep of some rows. */
function closeRows(scene: Scene, rows: readonly EventRow[]): Closing[] {
  const runs = [...Map.groupBy(rows, (row) => closedBy(scene, row))].sort(([a], [b]) => a - b)
  return runs.map(([scheduledMs, kept]) => ({
    ...{ scheduledMs, closedThroughMs: closableThrough(scene, scheduledMs) },
    kept: kept.sort((a, b) => a.timeMs - b.timeMs || (a.event < b.event ? -1 : 1)),
  }))
}

/**
 * The held-out samples of honest impressions that all variants have. Labels are the honest ones of the
 * oracle. Values are those that the variant itself would serve.
 */
function holdOutHonest(
  variant: HeldOut,
  honest: ReadonlyMap<string, SampleRow>,
  common: ReadonlySet<string>,
): HeldOut {
  const { samples, heldFromMs } = variant
  const held = samples
    .filter(({ sample, timeMs }) => timeMs >= heldFromMs && common.has(sample))
    .map((row): SampleRow => {
      const own = Object.entries(row).filter(([name]) => name.startsWith('f_'))
      return { ...honest.get(row.sample)!, ...Object.fromEntries(own) } as SampleRow
    })
  return { ...variant, samples: [...samples.filter((row) => row.timeMs < heldFromMs), ...held] }
}

/**
 * Trains one full on all events, one on what the defences leave, and one on honest events only, and
 * scores the same held-out impressions of honest users with each. Counts are clean from the start here;
 * the pipeline's past samples keep the counts that were known.
 */
export async function scoreDefences(scene: Scene, world: ScreenedWorld): Promise<ScoredTrial> {
  const { seed, log, fates, truth } = world
  const heldFromMs = log.throughMs - HELD_DAYS * DAY_MS
  const left = {
    everything: fates.map(({ row }) => row),
    ours: fates.flatMap(({ row, fate }) => (fate === 'kept' || fate === 'weighed' ? [row] : [])),
    [ORACLE]: fates.flatMap(({ row }) => (truth.isHonest(row) ? [row] : [])),
  }
  const variants = Object.entries(left).map(([name, rows]) => {
    // What is near the line is not screened yet, except by the oracle.
    const events = name === ORACLE ? log.events.filter(truth.isHonest) : log.events
    const closings = closeRows(scene, rows)
    const held = sampleLog(scene, { ...log, events }, heldFromMs, seed, scene.features, closings)
    return { name, held }
  })
  const [honest, ...others] = variants
    .map(({ name, held }) => ({
      name,
      byId: new Map(held.samples.map((row) => [row.sample, row])),
    }))
    .sort((a) => (a.name === ORACLE ? -1 : 1))
  const common = new Set(
    [...honest!.byId.keys()].filter((id) => others.every(({ byId }) => byId.has(id))),
  )
  const predictions: Record<string, Float64Array> = {}
  let rows: ScoredTrial['rows'] | null = null
  for (const { name, held } of variants) {
    const scored = await trainHeldOut(holdOutHonest(held, honest!.byId, common))
    predictions[name] = scored.predictions
    rows ??= scored.rows
  }
  return { seed, rows: rows!, predictions }
}

export const compareDefences = (name: string, trials: readonly ScoredTrial[]): Study =>
  compareArms(
    {
      ...{ group: 'held-out', name, drift: null, baseline: ORACLE },
      note: `the last ${HELD_DAYS} days of honest users, held out`,
    },
    trials,
    BOOTSTRAP,
  )
