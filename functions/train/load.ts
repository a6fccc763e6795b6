import { loadClosing } from '../closing/load.ts'
import type { ClosingPlan } from '../contract/accounts.ts'
import { closingSealKey, runPlanKey, versionManifestKey } from '../contract/keys.ts'
import type { CurrentRow, VersionRow } from '../contract/registry.ts'
import { isLearnedWith, type Scene } from '../contract/scene.ts'
import { HOUR_MS, MINUTE_MS } from '../contract/time.ts'
import {
  type Interval,
  type RunPlan,
  type RunRequest,
  type RunState,
  runPlanSchema,
  versionManifestSchema,
} from '../contract/training.ts'
import { configurationDigest, shapeDigest } from '../core/configuration.ts'
import { canonicalJson } from '../core/digest.ts'
import { findJson, getJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { takeLease } from '../release/lease.ts'
import { loadLineage, type Registry } from '../release/registry.ts'
import { planSamples } from '../samples/load.ts'
import { recipeDigest } from '../samples/recipe.ts'
import { chooseArmBases, chooseControl } from './arms.ts'
import { expectRate } from './judge-data.ts'
import { placeIncrement } from './placement.ts'
import { chooseHoldout, chooseRivals, type Decision, decideRun, skipReason } from './plan.ts'

/** The code that a run's results depend on: digests, and what is known of the trainer. */
export interface RunCode {
  samples: string
  trainer: string
  /** What the trainer's models can be continued by. */
  trainerState: string
  hasIncrementFunction: boolean
}
export interface PlanPorts {
  lake: ObjectStore
  models: ObjectStore
  registry: Registry
  /** What the registry holds, where it has been read already. */
  lineage?: VersionRow[]
}

/**
 * Sets of hours that an earlier chain was trained on: a chain that is regrown learns from the very
 * same ones. Only those made by this recipe, and none whose labels an excluded hour gave.
 */
async function findPinned(
  { models }: PlanPorts,
  scene: Scene,
  { dataFromMs, dataThroughMs }: Decision,
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

async function planSets(
  ports: PlanPorts,
  scene: Scene,
  decision: Decision,
  closing: ClosingPlan,
  versions: readonly VersionRow[],
  codeDigest: string,
): Promise<{ rows: number } & Pick<RunPlan, 'sets' | 'samplePieces' | 'exclusions'>> {
  const { tier, dataFromMs, dataThroughMs, parent, stop } = decision
  // A late lane reaches back before the interval, and a label ahead of it: all of them keep out.
  const exclusions = (await ports.registry.exclusions()).map(({ fromMs, throughMs }) => ({
    fromMs,
    throughMs,
  }))
  // Those that the version must account for; a daily also for what its late lane left out.
  const intervals = exclusions.filter(
    ({ fromMs, throughMs }) =>
      fromMs < dataThroughMs && (tier === 'daily' || throughMs > dataFromMs),
  )
  if (dataThroughMs <= dataFromMs || stop !== null)
    return { rows: 0, sets: [], samplePieces: [], exclusions: intervals }
  const planned = await planSamples(ports.lake, scene, {
    tier,
    dataFromMs,
    dataThroughMs,
    lateSinceMs: tier === 'daily' ? parent!.closedThroughMs : null,
    closing,
    exclusions,
    codeDigest,
  })
  const { rows } = planned
  if (tier !== 'hourly' || dataThroughMs - dataFromMs <= HOUR_MS)
    return { rows, sets: planned.sets, samplePieces: planned.pieces, exclusions: intervals }
  const pinned = await findPinned(ports, scene, decision, versions, exclusions)
  const sets = planned.sets.map((set) => pinned.get(set.fromMs) ?? set)
  const samplePieces = planned.pieces.filter(({ fromMs }) => !pinned.has(fromMs))
  return { rows, sets, samplePieces, exclusions: intervals }
}

/** The two arms' runs of one instant are two runs. */
export const planKeyOf = ({ scene, tier, arm, scheduledTime }: RunRequest): string =>
  runPlanKey(scene, arm === 'canary' ? `${tier}-canary` : tier, Date.parse(scheduledTime))

/** An hourly run is the scene's only writer, or does nothing. */
async function enter(
  { registry }: PlanPorts,
  request: RunRequest,
  leaseMinutes: number,
  current: CurrentRow | null,
): Promise<{ fence: number | null; stop: string | null }> {
  if (!current) return { fence: null, stop: 'nothing is served yet: a full or daily comes first' }
  const scheduledMs = Date.parse(request.scheduledTime)
  const owner = planKeyOf(request)
  const untilMs = scheduledMs + leaseMinutes * MINUTE_MS
  const taken = await takeLease(registry, current, owner, scheduledMs, untilMs)
  return { fence: taken.fence, stop: taken.reason }
}

async function makePlan(
  ports: PlanPorts,
  scene: Scene,
  request: RunRequest,
  code: RunCode,
): Promise<RunPlan> {
  const { lake, registry } = ports
  const scheduledMs = Date.parse(request.scheduledTime)
  const [closing, versions, current, holds] = await Promise.all([
    loadClosing(lake, scene, scheduledMs),
    ports.lineage ?? loadLineage(registry, scheduledMs),
    registry.current(),
    registry.holds(),
  ])
  const { arm } = request
  const shape = shapeDigest(scene, code.trainerState)
  const bases = chooseArmBases(scene, current, versions, closing.closedThroughMs, shape)
  const decided = decideRun(
    scene,
    request.tier,
    closing.closedThroughMs,
    versions,
    holds,
    bases[arm],
    shape,
  )
  const isHourly = decided.tier === 'hourly'
  const entered =
    isHourly && decided.stop === null && bases[arm]
      ? await enter(ports, request, scene.tiers.hourly!.leaseMinutes, current)
      : { fence: null, stop: null }
  const idle = arm === 'canary' && !bases.canary ? 'no base is on trial' : null
  const decision = { ...decided, stop: idle ?? decided.stop ?? entered.stop }
  const sealKey = closingSealKey(scene.scene, closing.closedThroughMs)
  const [{ rows, ...sets }, seal] = await Promise.all([
    planSets(ports, scene, decision, closing, versions, code.samples),
    lake.find(sealKey),
  ])
  const holdoutFromMs = chooseHoldout(decision, sets.sets)
  const control = arm === 'canary' && chooseControl(bases, versions, decision.dataFromMs)
  const champion = control ? control.version : (current?.version ?? null)
  const placement = isHourly
    ? placeIncrement(scene, rows, code.hasIncrementFunction)
    : { executor: 'sagemaker' as const, reason: `the ${decision.tier} tier trains there` }
  return {
    scene: scene.scene,
    requestedTier: request.tier,
    tier: decision.tier,
    arm,
    tierReason: decision.tierReason,
    scheduledMs,
    skip: skipReason(decision, sets.sets),
    closedThroughMs: closing.closedThroughMs,
    // A full looks back as far as it may, and begins where there is something.
    dataFromMs:
      decision.tier === 'full'
        ? (sets.sets[0]?.fromMs ?? decision.dataFromMs)
        : decision.dataFromMs,
    dataThroughMs: decision.dataThroughMs,
    parent: decision.parent?.version ?? null,
    base: decision.base?.version ?? null,
    executor: placement.executor,
    executorReason: placement.reason,
    fence: entered.fence,
    rivals: chooseRivals(decision, holdoutFromMs, versions, champion),
    holdoutFromMs,
    // What another run of the same closing has closed and sealed is closed.
    closingPieces: seal ? [] : closing.pieces,
    expected: expectRate(versions),
    ...sets,
    codeDigest: code.trainer,
    configurationDigest: configurationDigest(scene),
    shapeDigest: shape,
    recipeDigest: recipeDigest(scene),
  }
}

/**
 * The plan of a run: the one that stands, where the schedule's first delivery has put it, or a new
 * one, put if absent. Answers what the state machine carries.
 */
export async function planRun(
  ports: PlanPorts,
  scene: Scene,
  request: RunRequest,
  code: RunCode,
): Promise<RunState> {
  const { lake } = ports
  const planKey = planKeyOf(request)
  let plan = await findJson(lake, planKey, runPlanSchema)
  if (!plan) {
    plan = await makePlan(ports, scene, request, code)
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
