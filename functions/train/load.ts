import { loadClosing } from '../closing/load.ts'
import { runPlanKey } from '../contract/keys.ts'
import type { Scene } from '../contract/scene.ts'
import {
  type RunPlan,
  type RunRequest,
  type RunState,
  runPlanSchema,
} from '../contract/training.ts'
import { configurationDigest } from '../core/configuration.ts'
import { canonicalJson } from '../core/digest.ts'
import { findJson, getJson, type ObjectStore } from '../core/objects.ts'
import type { Registry } from '../release/registry.ts'
import { planSamples } from '../samples/load.ts'
import { chooseHoldout, chooseRivals, decideRun, skipReason } from './plan.ts'

/** Digests of the code that a run's results depend on. */
export interface RunDigests {
  samples: string
  trainer: string
}

async function makePlan(
  lake: ObjectStore,
  registry: Registry,
  scene: Scene,
  request: RunRequest,
  digests: RunDigests,
): Promise<RunPlan> {
  const scheduledMs = Date.parse(request.scheduledTime)
  const [closing, versions, current] = await Promise.all([
    loadClosing(lake, scene, scheduledMs),
    registry.versions(),
    registry.current(),
  ])
  const decision = decideRun(scene, request.tier, closing.closedThroughMs, versions)
  const samples =
    decision.dataThroughMs > decision.dataFromMs
      ? await planSamples(lake, scene, {
          dataFromMs: decision.dataFromMs,
          dataThroughMs: decision.dataThroughMs,
          lateSinceMs: decision.parent?.closedThroughMs ?? null,
          closing,
          codeDigest: digests.samples,
          configurationDigest: configurationDigest(scene),
        })
      : { days: [], pieces: [] }
  const holdoutFromMs = chooseHoldout(decision, samples.days)
  return {
    scene: scene.scene,
    requestedTier: request.tier,
    tier: decision.tier,
    tierReason: decision.tierReason,
    scheduledMs,
    skip: skipReason(decision, samples.days),
    closedThroughMs: closing.closedThroughMs,
    // A full looks back as far as it may, and begins where there is something.
    dataFromMs:
      decision.tier === 'full'
        ? (samples.days[0]?.dayMs ?? decision.dataFromMs)
        : decision.dataFromMs,
    dataThroughMs: decision.dataThroughMs,
    parent: decision.parent?.version ?? null,
    rivals: chooseRivals(decision, holdoutFromMs, versions, current?.version ?? null),
    holdoutFromMs,
    closingPieces: closing.pieces,
    days: samples.days,
    samplePieces: samples.pieces,
    codeDigest: digests.trainer,
    configurationDigest: configurationDigest(scene),
  }
}

/**
 * The plan of a run: the one that stands, where the schedule's first delivery has put it, or a new
 * one, put if absent. Answers what the state machine carries.
 */
export async function planRun(
  lake: ObjectStore,
  registry: Registry,
  scene: Scene,
  request: RunRequest,
  digests: RunDigests,
): Promise<RunState> {
  const planKey = runPlanKey(request.scene, request.tier, Date.parse(request.scheduledTime))
  let plan = await findJson(lake, planKey, runPlanSchema)
  if (!plan) {
    plan = await makePlan(lake, registry, scene, request, digests)
    if (!(await lake.putIfAbsent(planKey, canonicalJson(plan), 'application/json')))
      plan = await getJson(lake, planKey, runPlanSchema)
  }
  return {
    scene: plan.scene,
    tier: plan.tier,
    scheduledTime: request.scheduledTime,
    planKey,
    skip: plan.skip,
    closingPieces: plan.closingPieces.map((_, i) => i),
    samplePieces: plan.samplePieces.map((_, i) => i),
  }
}
