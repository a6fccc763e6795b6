import type { ClosingPlan } from '../contract/accounts.ts'
import { versionManifestKey } from '../contract/keys.ts'
import type { VersionRow } from '../contract/registry.ts'
import { isLearnedWith, type Scene } from '../contract/scene.ts'
import { HOUR_MS } from '../contract/time.ts'
import { type Interval, type RunPlan, versionManifestSchema } from '../contract/training.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import type { ClosedHour } from '../samples/plan.ts'
import { planSamples } from '../samples/plan-samples.ts'
import { recipeDigest } from '../samples/recipe.ts'
import type { Decision } from './plan.ts'

/**
 * Sets of hours that an earlier chain was trained on: a chain that is regrown learns from the very
 * same ones. Only those made by this recipe, and none whose labels an excluded hour gave.
 */
async function findPinned(
  models: ObjectStore,
  scene: Scene,
  { dataFromMs, dataThroughMs }: Pick<Decision, 'dataFromMs' | 'dataThroughMs'>,
  versions: readonly VersionRow[],
  exclusions: readonly Interval[],
): Promise<Map<number, RunPlan['sets'][number]>> {
  const recipe = recipeDigest(scene)
  const isTouched = (hourMs: number): boolean =>
    exclusions.some((interval) => isLearnedWith(scene, hourMs, interval))
  const before = versions
    .filter(({ tier, status }) => tier === 'hourly' && status !== 'failed')
    .filter((version) => version.recipeDigest === recipe)
    .filter((version) => version.dataThroughMs > dataFromMs && version.dataFromMs < dataThroughMs)
    .sort((a, b) => b.scheduledMs - a.scheduledMs)
  const manifests = await readEach(before, ({ version }) =>
    getJson(models, versionManifestKey(scene.scene, version), versionManifestSchema),
  )
  // The oldest comes last and wins: what an hour was first learned from.
  return new Map(
    manifests.flatMap(({ sets }) =>
      sets
        .filter(({ fromMs }) => !isTouched(fromMs))
        .map(({ fromMs, inputsDigest, files }) => [
          fromMs,
          { fromMs, inputsDigest, shards: files.length },
        ]),
    ),
  )
}

/** The sets that a run learns from, the pieces of those that are still to be made, and what keeps out. */
export async function planSets(
  { lake, models }: { lake: ObjectStore; models: ObjectStore },
  scene: Scene,
  decision: Pick<Decision, 'tier' | 'dataFromMs' | 'dataThroughMs' | 'parent' | 'stop'>,
  closing: ClosingPlan,
  versions: readonly VersionRow[],
  codeDigest: string,
  excluded: readonly Interval[],
): Promise<{ hours: ClosedHour[] } & Pick<RunPlan, 'sets' | 'samplePieces' | 'exclusions'>> {
  const { tier, dataFromMs, dataThroughMs, parent, stop } = decision
  // A late lane reaches back before the interval, and a label ahead of it: all of them keep out.
  const exclusions = excluded.map(({ fromMs, throughMs }) => ({ fromMs, throughMs }))
  // Those that the version must account for; a daily also for what its late lane left out.
  const intervals = exclusions.filter(
    ({ fromMs, throughMs }) =>
      fromMs < dataThroughMs && (tier === 'daily' || throughMs > dataFromMs),
  )
  if (dataThroughMs <= dataFromMs || stop !== null)
    return { hours: [], sets: [], samplePieces: [], exclusions: intervals }
  const planned = await planSamples(lake, scene, {
    tier,
    dataFromMs,
    dataThroughMs,
    lateSinceMs: tier === 'daily' ? parent!.closedThroughMs : null,
    closing,
    exclusions,
    codeDigest,
  })
  const { hours } = planned
  if (tier !== 'hourly' || dataThroughMs - dataFromMs <= HOUR_MS)
    return { hours, sets: planned.sets, samplePieces: planned.pieces, exclusions: intervals }
  const pinned = await findPinned(models, scene, decision, versions, exclusions)
  const sets = planned.sets.map((set) => pinned.get(set.fromMs) ?? set)
  const samplePieces = planned.pieces.filter(({ fromMs }) => !pinned.has(fromMs))
  return { hours, sets, samplePieces, exclusions: intervals }
}
