import { planScreen } from '../anticheat/plan-screen.ts'
import { loadVerdicts } from '../anticheat/snapshot.ts'
import { loadClosing } from '../closing/chain.ts'
import { closingTasks } from '../closing/cut.ts'
import { type ClosingPlan, closingPlanSchema } from '../contract/accounts.ts'
import { closingCommitKey, closingPlanKey, runPlanKey } from '../contract/keys.ts'
import type { CurrentRow, HoldRow, VersionRow } from '../contract/registry.ts'
import type { Scene } from '../contract/scene.ts'
import { MINUTE_MS } from '../contract/time.ts'
import {
  type Interval,
  type RunPlan,
  type RunRequest,
  type RunState,
  runPlanSchema,
} from '../contract/training.ts'
import { configurationDigest, shapeDigest } from '../core/configuration.ts'
import { canonicalJson } from '../core/digest.ts'
import { findJson, getJson, type ObjectStore } from '../core/objects.ts'
import type { TableStore } from '../core/tables.ts'
import { loadFolded } from '../features/near-line.ts'
import { planFold } from '../features/plan-fold.ts'
import { takeLease } from '../registry/lease.ts'
import { loadLineage, type Registry } from '../registry/registry.ts'
import { countEvents } from '../samples/plan.ts'
import { recipeDigest } from '../samples/recipe.ts'
import type { PlannedExclusion } from '../samples/value-inputs.ts'
import { chooseChainBases, chooseControl } from './chain-bases.ts'
import { expectRate } from './hour-rates.ts'
import { placeBase } from './job-placement.ts'
import { placeIncrement } from './placement.ts'
import {
  chooseComparedVersions,
  chooseFirstHoldout,
  chooseHoldout,
  decideRun,
  type RunDecision,
  skipReason,
} from './plan.ts'
import { loadRemoved } from './removed-before.ts'
import { pinSnapshot, screeningNote, unscreenedReason } from './screened.ts'
import { planSets } from './sets.ts'

/** The code that the results of a run depend on. */
export interface RunCode {
  /** Digest of the code that makes samples. */
  samples: string
  /** Digest of the trainer. */
  trainer: string
  /** The name of the trainer's state. A trainer continues only models with the same name. */
  trainerState: string
  hasIncrementFunction: boolean
}
export interface PlanPorts {
  lake: ObjectStore
  models: ObjectStore
  registry: Registry
  online: Pick<TableStore, 'get'>
  /** The rows of the registry, if they were read already. */
  read?: { lineage: VersionRow[]; current: CurrentRow | null }
}

/**
 * The key of a run's plan. Champion and challenger have a plan each for the same time. A run that is
 * planned again without excluded hours (`aside`) has a further plan.
 */
export const planKeyOf = (request: RunRequest): string => {
  const { scene, tier, arm, scheduledTime, aside: excluded } = request
  const run = arm === 'canary' ? `${tier}-canary` : tier
  const name = excluded ? `${run}-less-${excluded.length}` : run
  return runPlanKey(scene, name, Date.parse(scheduledTime))
}

/** Takes the lease for an hourly run. `stop`: the reason that the run may not write. */
async function enter(
  { registry }: PlanPorts,
  request: RunRequest,
  leaseMinutes: number,
  current: CurrentRow | null,
): Promise<{ fence: number | null; stop: string | null }> {
  if (!current)
    return {
      fence: null,
      stop: 'nothing is served yet: an increment needs a released full or daily',
    }
  const scheduledMs = Date.parse(request.scheduledTime)
  const owner = planKeyOf(request)
  const untilMs = scheduledMs + leaseMinutes * MINUTE_MS
  const taken = await takeLease(registry, current, owner, scheduledMs, untilMs)
  return { fence: taken.fence, stop: taken.reason }
}

interface Known {
  closing: ClosingPlan
  versions: VersionRow[]
  current: CurrentRow | null
  holds: HoldRow[]
  exclusions: PlannedExclusion[]
  shape: string
}

/** Reads everything that the plan depends on. */
async function readKnown(
  ports: PlanPorts,
  scene: Scene,
  scheduledMs: number,
  code: RunCode,
): Promise<Known> {
  const { lake, registry, read } = ports
  const [closing, versions, current, restrictions] = await Promise.all([
    loadClosing(lake, scene, scheduledMs),
    read?.lineage ?? loadLineage(registry, scheduledMs),
    read ? read.current : registry.current(),
    registry.restrictions(),
  ])
  const shape = shapeDigest(scene, code.trainerState)
  return { closing, versions, current, ...restrictions, shape }
}

interface Decided {
  decision: RunDecision
  /** The fence token of an hourly run that took the lease. */
  fence: number | null
  /** The version that the candidate is compared with first. */
  champion: string | null
}

/** Decides tier, interval and parent. An hourly run also takes the lease. */
async function decide(
  ports: PlanPorts,
  scene: Scene,
  request: RunRequest,
  { closing, versions, current, holds, shape }: Known,
): Promise<Decided> {
  const { tier, arm } = request
  const { closedThroughMs } = closing
  const bases = chooseChainBases(scene, current, versions, closedThroughMs, shape)
  const decided = decideRun(scene, tier, closedThroughMs, versions, holds, bases[arm], shape)
  const entered =
    decided.tier === 'hourly' && decided.stop === null && bases[arm]
      ? await enter(ports, request, scene.tiers.hourly!.leaseMinutes, current)
      : { fence: null, stop: null }
  const idle = arm === 'canary' && !bases.canary ? 'no base is on trial' : null
  const control = arm === 'canary' && chooseControl(bases, versions, decided.dataFromMs)
  return {
    decision: { ...decided, stop: idle ?? decided.stop ?? entered.stop },
    fence: entered.fence,
    champion: control ? control.version : (current?.version ?? null),
  }
}

async function makePlan(
  ports: PlanPorts,
  scene: Scene,
  request: RunRequest,
  code: RunCode,
): Promise<RunPlan> {
  const scheduledMs = Date.parse(request.scheduledTime)
  const known = await readKnown(ports, scene, scheduledMs, code)
  const { closing, versions, exclusions, shape } = known
  const { verdicts, manifest } = await pinSnapshot(ports.lake, scene, scheduledMs)
  const decided = await decide(ports, scene, request, known)
  const { fence, champion } = decided
  const stop = decided.decision.stop ?? unscreenedReason(scene, decided.decision, manifest)
  const decision = { ...decided.decision, stop }
  const note = screeningNote(scene, decision, manifest)
  const commitKey = closingCommitKey(scene.scene, closing.closedThroughMs)
  const [{ hours, ...sets }, commit, folded] = await Promise.all([
    planSets(ports, scene, decision, closing, versions, code.samples, exclusions, verdicts),
    ports.lake.find(commitKey),
    loadFolded(ports.online, scene.scene),
  ])
  const foldedMs = folded?.closedThroughMs ?? null
  const screen = await planScreen(ports.lake, scene, closing, scheduledMs, versions, foldedMs)
  const correctedMs = screen?.closedThroughMs ?? null
  const holdoutFromMs =
    decision.tier === 'full' && champion === null
      ? chooseFirstHoldout(hours)
      : chooseHoldout(decision, sets.sets)
  const placement =
    decision.tier === 'hourly'
      ? placeIncrement(scene, countEvents(hours), code.hasIncrementFunction)
      : placeBase(scene, decision, countEvents(hours), code.hasIncrementFunction)
  return {
    scene: scene.scene,
    requestedTier: request.tier,
    tier: decision.tier,
    arm: request.arm,
    tierReason: note === null ? decision.tierReason : `${decision.tierReason}; ${note}`,
    scheduledMs,
    skip: skipReason(decision, sets.sets),
    closedThroughMs: closing.closedThroughMs,
    // A full begins with its first day that has events.
    dataFromMs:
      decision.tier === 'full'
        ? (sets.sets[0]?.fromMs ?? decision.dataFromMs)
        : decision.dataFromMs,
    dataThroughMs: decision.dataThroughMs,
    parent: decision.parent?.version ?? null,
    base: decision.base?.version ?? null,
    executor: placement.executor,
    executorReason: placement.reason,
    isOwnImage: code.hasIncrementFunction,
    fence,
    rivals: chooseComparedVersions(decision, holdoutFromMs, versions, champion),
    holdoutFromMs,
    // Another run may have committed the same closing already.
    closingPieces: commit ? [] : closing.pieces,
    screen,
    fold: await planFold(ports.lake, scene, closing, folded, correctedMs),
    expected: expectRate(versions),
    removedBefore: await loadRemoved(ports.registry, decision.tier, scheduledMs, versions),
    ...(verdicts && { verdicts: verdicts.pinned }),
    ...sets,
    codeDigest: code.trainer,
    configurationDigest: configurationDigest(scene),
    shapeDigest: shape,
    recipeDigest: recipeDigest(scene),
  }
}

/** Plans the same run again, without the hours that its data gates excluded. Only the samples differ. */
async function planAgain(
  ports: PlanPorts,
  scene: Scene,
  request: RunRequest,
  excluded: readonly Interval[],
  code: RunCode,
): Promise<RunPlan> {
  const { lake, registry } = ports
  const { aside: _, ...first } = request
  const plan = await getJson(lake, planKeyOf(first), runPlanSchema)
  const closingKey = closingPlanKey(plan.scene, plan.closedThroughMs)
  const [closing, parent, exclusions, verdicts] = await Promise.all([
    getJson(lake, closingKey, closingPlanSchema),
    plan.parent === null ? null : registry.version(plan.parent),
    registry.exclusions(),
    plan.verdicts ? loadVerdicts(lake, plan.verdicts) : null,
  ])
  const interval = { ...plan, parent, stop: null }
  const { hours: _hours, ...sets } = await planSets(
    ports,
    scene,
    interval,
    closing,
    [],
    code.samples,
    [...exclusions, ...excluded],
    verdicts && { pinned: plan.verdicts!, rows: verdicts },
  )
  return { ...plan, ...sets, aside: [...excluded], closingPieces: [], screen: null, fold: null }
}

/**
 * Plans a run, and returns the state that the state machine passes on. An earlier delivery of the same
 * request may have written the plan; then that plan is used. A new plan is put only if it is absent.
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
    plan = request.aside
      ? await planAgain(ports, scene, request, request.aside, code)
      : await makePlan(ports, scene, request, code)
    if (!(await lake.putIfAbsent(planKey, canonicalJson(plan), 'application/json')))
      plan = await getJson(lake, planKey, runPlanSchema)
  }
  return {
    scene: plan.scene,
    tier: plan.tier,
    scheduledTime: request.scheduledTime,
    planKey,
    skip: plan.skip,
    closingPieces: closingTasks(plan.closingPieces).map((_, i) => i),
    screenPieces: Array.from({ length: plan.screen?.shards ?? 0 }, (_, i) => i),
    statePieces: (plan.fold?.states ?? []).map((_, i) => i),
    foldPieces: Array.from({ length: plan.fold?.shards ?? 0 }, (_, i) => i),
    samplePieces: plan.samplePieces.map((_, i) => i),
  }
}
