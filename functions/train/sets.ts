import type { ClosingPlan } from '../contract/accounts.ts'
import { versionManifestKey } from '../contract/keys.ts'
import { GRAPH_PART, SPACE_PART } from '../contract/part.ts'
import type { VersionRow } from '../contract/registry.ts'
import { isLearnedWith, type Scene } from '../contract/scene.ts'
import { HOUR_MS } from '../contract/time.ts'
import { type Interval, type RunPlan, versionManifestSchema } from '../contract/training.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { readsLinks } from '../features/links.ts'
import { readsSpaces } from '../features/spaces.ts'
import type { Registry } from '../registry/registry.ts'
import { loadServedGenerations } from '../registry/served-generations.ts'
import type { ClosedHour } from '../samples/plan.ts'
import { planSamples } from '../samples/plan-samples.ts'
import { recipeDigest } from '../samples/recipe.ts'
import type { PlannedExclusion } from '../samples/value-inputs.ts'
import type { PlannedVerdicts } from '../samples/verdicts.ts'
import type { RunDecision } from './plan.ts'

/**
 * The sample sets of the hours that an earlier chain was trained on, by hour. A regrown chain learns
 * from the same sets. Sets of another recipe do not count, and neither do sets with labels from an
 * excluded hour.
 */
async function findPinned(
  models: ObjectStore,
  scene: Scene,
  { dataFromMs, dataThroughMs }: Pick<RunDecision, 'dataFromMs' | 'dataThroughMs'>,
  versions: readonly VersionRow[],
  exclusions: readonly Interval[],
): Promise<Map<number, RunPlan['sets'][number]>> {
  const recipe = recipeDigest(scene)
  const isTouched = (hourMs: number): boolean =>
    exclusions.some((interval) => isLearnedWith(scene, hourMs, interval))
  const earlier = versions
    .filter(({ tier, status }) => tier === 'hourly' && status !== 'failed')
    .filter((version) => version.recipeDigest === recipe)
    .filter((version) => version.dataThroughMs > dataFromMs && version.dataFromMs < dataThroughMs)
    .sort((a, b) => b.scheduledMs - a.scheduledMs)
  const manifests = await readEach(earlier, ({ version }) =>
    getJson(models, versionManifestKey(scene.scene, version), versionManifestSchema),
  )
  // The oldest comes last and wins: it is the set from which the hour was first learned.
  return new Map(
    manifests.flatMap(({ sets }) =>
      sets
        .filter(({ fromMs }) => !isTouched(fromMs))
        .map(({ fromMs, inputsDigest, files, verdicts }) => [
          fromMs,
          { fromMs, inputsDigest, shards: files.length, ...(verdicts && { verdicts }) },
        ]),
    ),
  )
}

interface SetPorts {
  lake: ObjectStore
  models: ObjectStore
  registry: Pick<Registry, 'decisions' | 'releases'>
}

/** The sample sets of a run, the tasks that make the missing ones, and the excluded intervals. */
export async function planSets(
  { lake, models, registry }: SetPorts,
  scene: Scene,
  decision: Pick<RunDecision, 'tier' | 'dataFromMs' | 'dataThroughMs' | 'parent' | 'stop'>,
  closing: ClosingPlan,
  versions: readonly VersionRow[],
  codeDigest: string,
  excluded: readonly PlannedExclusion[],
  verdicts: PlannedVerdicts | null,
): Promise<{ hours: ClosedHour[] } & Pick<RunPlan, 'sets' | 'samplePieces' | 'exclusions'>> {
  const { tier, dataFromMs, dataThroughMs, parent, stop } = decision
  // All exclusions apply: a late lane starts before the interval, and labels come from after it.
  const exclusions = excluded.map(({ fromMs, throughMs }) => ({ fromMs, throughMs }))
  // The exclusions of the version's account. A daily also counts those of its late lane.
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
    exclusions: excluded,
    verdicts,
    spaces: readsSpaces(scene) ? await loadServedGenerations(registry, SPACE_PART) : undefined,
    graphs: readsLinks(scene) ? await loadServedGenerations(registry, GRAPH_PART) : undefined,
    codeDigest,
  })
  const { hours } = planned
  if (tier !== 'hourly' || dataThroughMs - dataFromMs <= HOUR_MS)
    return { hours, sets: planned.sets, samplePieces: planned.tasks, exclusions: intervals }
  const pinned = await findPinned(models, scene, decision, versions, exclusions)
  const sets = planned.sets.map((set) => pinned.get(set.fromMs) ?? set)
  const samplePieces = planned.tasks.filter(({ fromMs }) => !pinned.has(fromMs))
  return { hours, sets, samplePieces, exclusions: intervals }
}
