import { commitClosing } from '../closing/chain.ts'
import type { SampleManifest } from '../contract/accounts.ts'
import {
  sceneModelsPrefix,
  trainingJobName,
  versionId,
  versionManifestKey,
  versionModelsChannelKey,
  versionRunKey,
  versionSamplesChannelKey,
} from '../contract/keys.ts'
import type { DecisionRow, VersionRow } from '../contract/registry.ts'
import type { Scene } from '../contract/scene.ts'
import {
  type Executor,
  type Interval,
  type ModelFile,
  type RunPlan,
  type RunState,
  runPlanSchema,
  type Tier,
  type TrainingRun,
  type VersionManifest,
} from '../contract/training.ts'
import { configurationDigest } from '../core/configuration.ts'
import { canonicalJson, digestOf, sha256Hex } from '../core/digest.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { releaseLease } from '../registry/lease.ts'
import type { Registry } from '../registry/registry.ts'
import { sealSampleSet, sumAccounts } from '../samples/seal.ts'
import { registerAttempt, startReason } from './attempts.ts'
import { type DoubtfulHour, hoursOf, spreadOf } from './hour-rates.ts'
import { loadIntervalClosings } from './interval-drops.ts'
import { type JobPlacement, placeJob, type Work } from './job-placement.ts'
import { describeJob, type JobPlace } from './job-request.ts'
import type { TrainingJobs } from './jobs.ts'
import { judgeData } from './judge-data.ts'

export interface StartPorts {
  lake: ObjectStore
  models: ObjectStore
  registry: Registry
  jobs: Pick<TrainingJobs, 'create'>
  place: JobPlace
  /** Digest of the trainer that this deployment has. */
  trainer: string
}
/** What the state machine goes on with. */
export interface Started {
  scene: string
  tier: Tier
  scheduledTime: string
  version: string | null
  jobName: string | null
  /** `none`: nothing is to be trained. `plan`: this is the request of a plan without the hours `aside`. */
  executor: Executor | 'none' | 'plan'
  aside?: Interval[]
  reason: string
}

/**
 * Everything a version is, from its plan and sealed samples, less the hours that were set aside.
 * Pure; the same plan is the same version.
 */
export function describeVersion(
  plan: RunPlan,
  sets: readonly SampleManifest[],
  aside: readonly Interval[] = [],
  placed: Pick<JobPlacement, 'reason'> | null = null,
) {
  const account = sumAccounts(sets.map((set) => set.account))
  const dispersion = plan.tier === 'hourly' ? null : spreadOf(hoursOf(plan.tier, sets))
  const content = {
    scene: plan.scene,
    dataFromMs: plan.dataFromMs,
    dataThroughMs: plan.dataThroughMs,
    sets: sets.map(({ fromMs, inputsDigest, files }) => ({ fromMs, inputsDigest, files })),
    exclusions: [...plan.exclusions, ...aside],
    account,
  }
  const { tier, parent, base, codeDigest, dataThroughMs } = plan
  const made = { tier, parent, base, codeDigest, configurationDigest: plan.configurationDigest }
  const digest = digestOf({ content, ...made })
  const version = versionId({ tier, dataThroughMs, digest })
  const manifest: VersionManifest = { ...content, version }
  const manifestText = canonicalJson(manifest)
  const row: VersionRow = {
    scene: plan.scene,
    version,
    tier,
    parent,
    base,
    arm: plan.arm,
    executor: plan.executor,
    ...(placed && plan.executor === 'sagemaker' ? { instance: placed.reason } : {}),
    fence: plan.fence,
    dataFromMs: plan.dataFromMs,
    dataThroughMs,
    scheduledMs: plan.scheduledMs,
    closedThroughMs: plan.closedThroughMs,
    rows: account.samples,
    positives: account.positives,
    impressions: account.impressions,
    known: account.known,
    ...(dispersion !== null && { dispersion }),
    manifestDigest: sha256Hex(manifestText),
    codeDigest,
    configurationDigest: plan.configurationDigest,
    shapeDigest: plan.shapeDigest,
    recipeDigest: plan.recipeDigest,
    jobName: trainingJobName(plan.scene, version),
    restarts: 0,
    status: 'started',
    reason: plan.tierReason,
    modelKey: null,
    modelSha256: null,
    sanity: null,
    isDeterministic: true,
  }
  return { row, manifestText, account }
}

/** What the training job must hold. A challenger that is stored as a delta also brings its base. */
function workOf({ tier, parent, base, rivals }: RunPlan, sets: readonly SampleManifest[]): Work {
  const files = sets.flatMap((set) => set.files)
  const models = new Set([parent, base, ...rivals].filter((version) => version !== null)).size
  return {
    tier,
    rows: files.reduce((sum, { rows }) => sum + rows, 0),
    fileRows: files.reduce((most, { rows }) => Math.max(most, rows), 0),
    models: models > 0 ? models + 1 : 0,
  }
}

async function writeChannels(
  ports: StartPorts,
  scene: Scene,
  plan: RunPlan,
  row: VersionRow,
  manifestText: string,
  samples: readonly string[],
): Promise<boolean> {
  const { models, lake } = ports
  const { scene: name, version } = row
  const versions = [...new Set([plan.parent, plan.base, ...plan.rivals])].filter(
    (of) => of !== null,
  )
  const rows = await Promise.all(versions.map((of) => ports.registry.version(of)))
  const baseOf = new Map(rows.map((known) => [known!.version, known!.base]))
  const pathOf = (of: string): string => `${of}/model.qmm`
  const fileOf = (of: string): ModelFile => {
    const base = baseOf.get(of) ?? null
    return { version: of, path: pathOf(of), basePath: base && pathOf(base) }
  }
  const files = [...new Set(versions.map(fileOf).flatMap(({ path, basePath }) => [path, basePath]))]
  const run: TrainingRun = {
    configuration: scene,
    version,
    tier: plan.tier,
    dataFromMs: plan.dataFromMs,
    dataThroughMs: plan.dataThroughMs,
    holdoutFromMs: plan.holdoutFromMs,
    parent: plan.parent ? fileOf(plan.parent) : null,
    rivals: plan.rivals.map(fileOf),
    base: plan.base ? fileOf(plan.base) : null,
    codeDigest: row.codeDigest,
    configurationDigest: row.configurationDigest,
    manifestDigest: row.manifestDigest,
  }
  const channelOf = (bucket: string, prefix: string, keys: readonly string[]): string =>
    canonicalJson([{ prefix: `s3://${bucket}/${prefix}` }, ...keys])
  await Promise.all([
    models.put(versionManifestKey(name, version), manifestText, 'application/json'),
    models.put(versionRunKey(name, version), canonicalJson(run), 'application/json'),
    models.put(versionSamplesChannelKey(name, version), channelOf(lake.bucket, '', samples)),
    models.put(
      versionModelsChannelKey(name, version),
      channelOf(
        models.bucket,
        sceneModelsPrefix(name),
        files.filter((path) => path !== null),
      ),
    ),
  ])
  return versions.length > 0
}

/** A decision that changes nothing that is served. */
async function record(
  registry: Registry,
  { scheduledMs, requestedTier }: RunPlan,
  kind: DecisionRow['kind'],
  reason: string,
  evidence: Record<string, unknown>,
  subject: string = requestedTier,
): Promise<void> {
  const at = (await registry.current())?.sequence ?? null
  const about = { timeMs: scheduledMs, kind, tier: requestedTier, version: null }
  await registry.decide({ ...about, from: at, to: at, reason, evidence }, subject)
}

/** Puts hours that the data gates have set aside on record; answers them as intervals. */
async function recordAside(
  registry: Registry,
  plan: RunPlan,
  aside: readonly DoubtfulHour[],
): Promise<Interval[]> {
  const hours = aside.map(({ fromMs, throughMs }) => ({ fromMs, throughMs }))
  const [first, ...others] = aside
  if (!first) return hours
  const { gate, numbers, reason } = first.verdict
  const more = others.length > 0 ? `; and ${others.length} hours more` : ''
  const evidence = { gate, ...numbers, hours }
  const subject = `${plan.requestedTier} less ${(plan.aside?.length ?? 0) + hours.length}`
  await record(registry, plan, 'exclusion', `set aside ${reason}${more}`, evidence, subject)
  return hours
}

/**
 * Seals what the maps made, asks the data gates, registers the version, fills the channels that it
 * trains from, and starts its job where it trains on SageMaker. Each step may be repeated: a retry
 * after a crash anywhere ends with one version and one job. A later run that comes to a version
 * which failed starts the next attempt at it.
 */
export async function startTraining(
  ports: StartPorts,
  scene: Scene,
  state: RunState,
): Promise<Started> {
  const { lake, registry, jobs, place } = ports
  const plan = await getJson(lake, state.planKey, runPlanSchema)
  const deployed = { trainer: ports.trainer, configuration: configurationDigest(scene) }
  const planned = { trainer: plan.codeDigest, configuration: plan.configurationDigest }
  const isOutdated = digestOf(planned) !== digestOf(deployed)
  const [closings, sets] = await Promise.all([
    plan.skip !== null ? [] : loadIntervalClosings(lake, plan),
    // No samples were made for a plan that another recipe follows.
    isOutdated ? [] : readEach(plan.sets, (set) => sealSampleSet(lake, plan.scene, set)),
    commitClosing(lake, plan.scene, plan.closedThroughMs),
  ])
  const run = { scene: plan.scene, tier: plan.tier, scheduledTime: state.scheduledTime }
  // An hour in which there is nothing to do is no event: what keeps it so has been recorded.
  const rest = async (reason: string): Promise<Started> => {
    await releaseLease(registry, plan.fence)
    return { ...run, version: null, jobName: null, executor: 'none', reason }
  }
  const end = async (
    kind: DecisionRow['kind'],
    reason: string,
    evidence: Record<string, unknown>,
  ): Promise<Started> => {
    await record(registry, plan, kind, reason, evidence)
    return rest(reason)
  }
  if (plan.skip !== null)
    return plan.tier === 'hourly' ? rest(plan.skip) : end('skip', plan.skip, {})
  // Deployed in between: its lineage would name what did not train it.
  if (isOutdated)
    return end(
      'skip',
      'planned for another trainer or configuration than is deployed by now: its interval joins the next run',
      { planned, deployed },
    )

  const { learned, aside, failed } = judgeData(scene, plan, sets, closings)
  if (failed) {
    const { gate, numbers, reason } = failed
    const isTooLittle = gate === 'volume' || gate === 'labels'
    return end(isTooLittle ? 'skip' : 'refusal', reason, { gate, ...numbers })
  }
  const hours = await recordAside(registry, plan, aside)
  if (hours.length > 0 && plan.tier !== 'hourly')
    return {
      ...(await rest('planned again without the hours that are set aside')),
      tier: plan.requestedTier,
      executor: 'plan',
      aside: [...(plan.aside ?? []), ...hours],
    }
  const placed = placeJob(scene, workOf(plan, learned), plan.isOwnImage)
  if (plan.executor === 'sagemaker' && placed.instanceType === null)
    return end('refusal', placed.reason, { gate: 'placement', ...placed.need })
  const { row, manifestText } = describeVersion(plan, learned, hours, placed)
  const files = learned.flatMap((set) => set.files.map(({ key }) => key))
  const hasModels = await writeChannels(ports, scene, plan, row, manifestText, files)
  const standing = await registerAttempt(registry, row)
  const { version, jobName } = standing
  const started: Started = {
    ...run,
    version,
    jobName,
    executor: plan.executor,
    reason: startReason(standing, true, plan.tierReason),
  }
  if (plan.executor === 'lambda') return started
  const isNew = await jobs.create(
    describeJob(scene, standing, hasModels, place, placed.instanceType!),
  )
  return { ...started, reason: startReason(standing, isNew, plan.tierReason) }
}
