import { commitClosing } from '../closing/chain.ts'
import type { SampleManifest } from '../contract/accounts.ts'
import {
  sceneModelsPrefix,
  versionManifestKey,
  versionModelsChannelKey,
  versionRunKey,
  versionSamplesChannelKey,
} from '../contract/keys.ts'
import type { DecisionRow, VersionRow } from '../contract/registry.ts'
import type { Removed } from '../contract/removed.ts'
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
  type Verdict,
} from '../contract/training.ts'
import { configurationDigest } from '../core/configuration.ts'
import { canonicalJson, digestOf } from '../core/digest.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import type { TrainingJobs } from '../core/training-jobs.ts'
import type { JobPlace } from '../core/training-request.ts'
import { releaseLease } from '../registry/lease.ts'
import type { Registry } from '../registry/registry.ts'
import { commitSampleSet, trainingKeys } from '../samples/commit-set.ts'
import { registerAttempt, startReason } from './attempts.ts'
import { describeVersion } from './describe-version.ts'
import type { DoubtfulHour } from './hour-rates.ts'
import { loadIntervalClosings } from './interval-drops.ts'
import { placeJob, type Work } from './job-placement.ts'
import { describeJob } from './job-request.ts'
import { judgeData } from './judge-data.ts'
import { countRemoved, REMOVED_GATE } from './removed-share.ts'

export interface StartPorts {
  lake: ObjectStore
  models: ObjectStore
  registry: Registry
  jobs: Pick<TrainingJobs, 'create'>
  place: JobPlace
  /** Digest of the deployed trainer. */
  trainer: string
}
/** The output for the state machine. */
export interface Started {
  scene: string
  tier: Tier
  scheduledTime: string
  version: string | null
  jobName: string | null
  /** `none`: nothing trains. `plan`: this is the request for a plan without the excluded hours, `aside`. */
  executor: Executor | 'none' | 'plan'
  aside?: Interval[]
  reason: string
}

/** The size of the training job. A model that is stored as a delta also needs its base. */
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
    (version) => version !== null,
  )
  const rows = await Promise.all(versions.map((version) => ports.registry.version(version)))
  const baseOf = new Map(rows.map((known) => [known!.version, known!.base]))
  const pathOf = (version: string): string => `${version}/model.qmm`
  const fileOf = (version: string): ModelFile => {
    const base = baseOf.get(version) ?? null
    return { version, path: pathOf(version), basePath: base && pathOf(base) }
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

/** Records a decision that does not change the served release. */
async function record(
  registry: Registry,
  { scheduledMs, requestedTier }: RunPlan,
  kind: DecisionRow['kind'],
  reason: string,
  evidence: Record<string, unknown>,
  subject: string = requestedTier,
): Promise<void> {
  const served = (await registry.current())?.sequence ?? null
  const decision = { timeMs: scheduledMs, kind, tier: requestedTier, version: null }
  await registry.decide({ ...decision, from: served, to: served, reason, evidence }, subject)
}

/** Records the hours that the data gates excluded, and returns them as intervals. */
async function recordExclusions(
  registry: Registry,
  plan: RunPlan,
  excluded: readonly DoubtfulHour[],
): Promise<Interval[]> {
  const hours = excluded.map(({ fromMs, throughMs }) => ({ fromMs, throughMs }))
  const [first, ...others] = excluded
  if (!first) return hours
  const { gate, numbers, reason } = first.verdict
  const more =
    others.length > 0 ? `; and ${others.length} more ${others.length === 1 ? 'hour' : 'hours'}` : ''
  const evidence = { gate, ...numbers, hours, ...(first.drop && { drop: first.drop }) }
  const subject = `${plan.requestedTier} less ${(plan.aside?.length ?? 0) + hours.length}`
  await record(registry, plan, 'exclusion', `excluded ${reason}${more}`, evidence, subject)
  return hours
}

/** What the decision on a failed gate keeps. The next runs compare their shares with a refused one. */
const evidenceOf = (
  { gate, numbers }: Verdict,
  { tier, dataThroughMs }: RunPlan,
  removed: Removed,
): Record<string, unknown> => ({
  ...{ gate, ...numbers },
  ...(gate === REMOVED_GATE && { ranTier: tier, dataThroughMs, removed }),
})

/**
 * Commits the closing and the sample sets, runs the data gates, registers the version, and writes its
 * channels. If it trains on SageMaker, starts its job. A crash and a retry at any point give one version
 * and one job. If an earlier run failed with the same version, this run starts its next attempt.
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
    // An outdated plan has no samples.
    isOutdated ? [] : readEach(plan.sets, (set) => commitSampleSet(lake, plan.scene, set)),
    commitClosing(lake, plan.scene, plan.closedThroughMs),
  ])
  const run = { scene: plan.scene, tier: plan.tier, scheduledTime: state.scheduledTime }
  // A skipped hour is not recorded: an earlier decision has the cause.
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
  // Another trainer was deployed since. The lineage would name a trainer that did not train it.
  if (isOutdated)
    return end(
      'skip',
      "a trainer or configuration was deployed after this run was planned: the interval joins the next run's",
      { planned, deployed },
    )

  const { learned, excluded, failed } = judgeData(scene, plan, sets, closings)
  if (failed) {
    const isTooLittle = failed.gate === 'volume' || failed.gate === 'labels'
    const evidence = evidenceOf(failed, plan, countRemoved(sets, closings))
    return end(isTooLittle ? 'skip' : 'refusal', failed.reason, evidence)
  }
  const hours = await recordExclusions(registry, plan, excluded)
  if (hours.length > 0 && plan.tier !== 'hourly')
    return {
      ...(await rest('the run is planned again without the excluded hours')),
      tier: plan.requestedTier,
      executor: 'plan',
      aside: [...(plan.aside ?? []), ...hours],
    }
  const placed = placeJob(scene, workOf(plan, learned), plan.isOwnImage)
  if (plan.executor === 'sagemaker' && placed.instanceType === null)
    return end('refusal', placed.reason, { gate: 'placement', ...placed.need })
  const removed = countRemoved(learned, closings)
  const { row, manifestText } = describeVersion(plan, learned, hours, placed, removed)
  const files = trainingKeys(learned, plan.isOwnImage)
  const hasModels = await writeChannels(ports, scene, plan, row, manifestText, files)
  const registered = await registerAttempt(registry, row)
  const { version, jobName } = registered
  const started: Started = {
    ...run,
    version,
    jobName,
    executor: plan.executor,
    reason: startReason(registered, true, plan.tierReason),
  }
  if (plan.executor === 'lambda') return started
  const isNew = await jobs.create(
    describeJob(scene, registered, hasModels, place, placed.instanceType!),
  )
  return { ...started, reason: startReason(registered, isNew, plan.tierReason) }
}
