import type { Scene } from '../../../functions/contract/scene.ts'
import { floorDay, HOUR_MS } from '../../../functions/contract/time.ts'
import { closableThrough } from '../../../functions/registry/timetable.ts'
import { predictFrom } from '../../../functions/trainer/fit.ts'
import { mergeRows, type TrainingRows } from '../../../functions/trainer/rows.ts'
import type { History } from './history.ts'
import { createLineage, type Lineage, type StudyChain, type Trained } from './lines.ts'
import { createSampleSets } from './sample-sets.ts'
import { firstFullHour, runsOfHour } from './schedule.ts'
import { rowsBetween } from './training-rows.ts'

/** The model that one variant served during one hour. */
interface Served {
  hourMs: number
  arm: string
  dataThroughMs: number
}

/** Predictions of all variants for the same rows, in order of time. */
export interface StudyTrial {
  seed: number
  rows: TrainingRows
  predictions: Readonly<Record<string, Float64Array>>
  served: readonly Served[]
}

/** How each variant chooses its served model. Null before it has one. */
export type Arms = Readonly<Record<string, (lineage: Lineage) => Trained | null>>

/** One, two and three tiers. */
export const TIER_ARMS: Arms = {
  full: (lineage) => lineage.full(),
  'full + daily': (lineage) => lineage.base(),
  'full + daily + hourly': (lineage) => lineage.head('rebased'),
}

/** A variant that serves the head of a chain. */
export const chainArm =
  (chain: string) =>
  (lineage: Lineage): Trained | null =>
    lineage.head(chain)

function concatenate(parts: readonly Float64Array[]): Float64Array {
  const into = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    into.set(part, at)
    at += part.length
  }
  return into
}

/**
 * Replays a history hour by hour. Each variant scores the hour's impressions with the model that it
 * served at the start of the hour, against matured labels. Then the runs scheduled in that hour train
 * (Liu et al. 2022, "Monolith", section 3.2: each shard is scored, then trained on). A new model is
 * served from the next whole hour. Scoring begins once every variant has a model.
 */
export async function liveThrough(
  scene: Scene,
  history: History,
  setup: { seed: number; warmUpDays: number; chains: readonly StudyChain[]; arms: Arms },
): Promise<StudyTrial> {
  const sets = createSampleSets(scene, history)
  const lineage = createLineage(scene, sets, setup.chains, history.fromMs)
  const names = Object.keys(setup.arms)
  const scored: TrainingRows[] = []
  const predictions = names.map((): Float64Array[] => [])
  const served: Served[] = []

  let hourMs = firstFullHour(scene, history.fromMs, setup.warmUpDays)
  for (; hourMs < history.throughMs; hourMs += HOUR_MS) {
    const serving = names.map((name) => setup.arms[name]!(lineage))
    if (serving.every((trained) => trained !== null)) {
      const rows = rowsBetween(sets.ofDay(floorDay(hourMs)), hourMs, hourMs + HOUR_MS)
      scored.push(rows)
      for (const [i, { model, dataThroughMs }] of serving.entries()) {
        predictions[i]!.push(predictFrom(model, rows, 0))
        served.push({ hourMs, arm: names[i]!, dataThroughMs })
      }
    }
    for (const { tier, scheduledMs } of runsOfHour(scene, hourMs))
      await lineage.run(tier, scheduledMs, closableThrough(scene, scheduledMs))
  }
  return {
    seed: setup.seed,
    rows: mergeRows(scored),
    predictions: Object.fromEntries(names.map((name, i) => [name, concatenate(predictions[i]!)])),
    served,
  }
}

/** The rows of a trial that satisfy a condition, with their predictions. */
export function trialOf(trial: StudyTrial, isWanted: (row: number) => boolean): StudyTrial {
  const kept = Array.from({ length: trial.rows.count }, (_, row) => row).filter(isWanted)
  const { rows } = trial
  const pick = (column: Float64Array): Float64Array =>
    Float64Array.from(kept, (row) => column[row]!)
  return {
    ...trial,
    rows: {
      ...rows,
      count: kept.length,
      samples: kept.map((row) => rows.samples[row]!),
      users: kept.map((row) => rows.users[row]!),
      timesMs: pick(rows.timesMs),
      labels: Uint8Array.from(kept, (row) => rows.labels[row]!),
      weights: pick(rows.weights),
    },
    predictions: Object.fromEntries(
      Object.entries(trial.predictions).map(([arm, values]) => [arm, pick(values)]),
    ),
  }
}
