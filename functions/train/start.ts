import { sealClosing } from '../closing/seal.ts'
import type { ClosingPlan, SampleManifest } from '../contract/accounts.ts'
import { closingPlanSchema } from '../contract/accounts.ts'
import {
  closingPlanKey,
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
  type RunPlan,
  type RunState,
  runPlanSchema,
  type TrainingRun,
  type VersionManifest,
} from '../contract/training.ts'
import { canonicalJson, digestOf, sha256Hex } from '../core/digest.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { gateInvalidShare, gatePositiveRate, gateVolume } from '../evaluate/data-gates.ts'
import type { Verdict } from '../evaluate/verdict.ts'
import type { Registry } from '../release/registry.ts'
import { sealSampleDay, sumAccounts } from '../samples/seal.ts'
import { describeJob, type JobPlace } from './job-request.ts'
import type { TrainingJobs } from './jobs.ts'

export interface StartPorts {
  lake: ObjectStore
  models: ObjectStore
  registry: Registry
  jobs: TrainingJobs
  place: JobPlace
}
export interface Started {
  version: string | null
  reason: string
}

/** Accepted versions whose data says what positive rate to expect. */
const TRAILING_VERSIONS = 7

/** Everything a version is, from its plan and sealed samples. Pure; the same plan is the same version. */
export function describeVersion(plan: RunPlan, days: readonly SampleManifest[]) {
  const account = sumAccounts(days.map((day) => day.account))
  const content = {
    scene: plan.scene,
    dataFromMs: plan.dataFromMs,
    dataThroughMs: plan.dataThroughMs,
    days: days.map(({ dayMs, inputsDigest, files }) => ({ dayMs, inputsDigest, files })),
    account,
  }
  const { tier, parent, codeDigest, configurationDigest, dataThroughMs } = plan
  const digest = digestOf({ content, tier, parent, codeDigest, configurationDigest })
  const version = versionId({ tier, dataThroughMs, digest })
  const manifest: VersionManifest = { ...content, version }
  const manifestText = canonicalJson(manifest)
  const row: VersionRow = {
    scene: plan.scene,
    version,
    tier,
    parent,
    dataFromMs: plan.dataFromMs,
    dataThroughMs,
    scheduledMs: plan.scheduledMs,
    closedThroughMs: plan.closedThroughMs,
    rows: account.samples,
    positives: account.positives,
    impressions: account.impressions,
    manifestDigest: sha256Hex(manifestText),
    codeDigest,
    configurationDigest,
    jobName: trainingJobName(plan.scene, version),
    status: 'started',
    reason: plan.tierReason,
    modelKey: null,
    modelSha256: null,
    sanity: null,
    isDeterministic: true,
  }
  return { row, manifestText, account }
}

/** The gates that come before training: whether these samples may teach at all. */
export function judgeData(
  scene: Scene,
  days: readonly SampleManifest[],
  drops: ClosingPlan['drops'],
  versions: readonly VersionRow[],
): { account: ReturnType<typeof sumAccounts>; failed: Verdict | null } {
  const account = sumAccounts(days.map((day) => day.account))
  const trailing = versions
    .filter(({ status, tier }) => status === 'accepted' && tier === 'daily')
    .sort((a, b) => b.dataThroughMs - a.dataThroughMs)
    .slice(0, TRAILING_VERSIONS)
  const sum = (of: (version: VersionRow) => number): number =>
    trailing.reduce((total, version) => total + of(version), 0)
  const verdicts = [
    gateVolume(scene.gates, account),
    gateInvalidShare(scene.gates, drops),
    gatePositiveRate(scene.gates, account, {
      rows: sum(({ impressions }) => impressions),
      positives: sum(({ positives }) => positives),
    }),
  ]
  return { account, failed: verdicts.find(({ passed }) => !passed) ?? null }
}

async function writeChannels(
  ports: StartPorts,
  scene: Scene,
  plan: RunPlan,
  row: VersionRow,
  manifestText: string,
  files: readonly string[],
): Promise<boolean> {
  const { models, lake } = ports
  const { scene: name, version } = row
  const named = [...new Set([...(plan.parent ? [plan.parent] : []), ...plan.rivals])]
  const pathOf = (of: string): { version: string; path: string } => ({
    version: of,
    path: `${of}/model.qmm`,
  })
  const run: TrainingRun = {
    configuration: scene,
    version,
    tier: plan.tier,
    dataFromMs: plan.dataFromMs,
    dataThroughMs: plan.dataThroughMs,
    holdoutFromMs: plan.holdoutFromMs,
    parent: plan.parent ? pathOf(plan.parent) : null,
    rivals: plan.rivals.map(pathOf),
    codeDigest: row.codeDigest,
    configurationDigest: row.configurationDigest,
    manifestDigest: row.manifestDigest,
  }
  const channelOf = (bucket: string, prefix: string, keys: readonly string[]): string =>
    canonicalJson([{ prefix: `s3://${bucket}/${prefix}` }, ...keys])
  await Promise.all([
    models.put(versionManifestKey(name, version), manifestText, 'application/json'),
    models.put(versionRunKey(name, version), canonicalJson(run), 'application/json'),
    models.put(versionSamplesChannelKey(name, version), channelOf(lake.bucket, '', files)),
    models.put(
      versionModelsChannelKey(name, version),
      channelOf(
        models.bucket,
        sceneModelsPrefix(name),
        named.map((of) => pathOf(of).path),
      ),
    ),
  ])
  return named.length > 0
}

/**
 * Seals what the maps made, asks the data gates, registers the version and starts its job. Each
 * step may be repeated: a retry after a crash anywhere ends with one version and one job.
 */
export async function startTraining(
  ports: StartPorts,
  scene: Scene,
  state: RunState,
): Promise<Started> {
  const { lake, registry, jobs, place } = ports
  const plan = await getJson(lake, state.planKey, runPlanSchema)
  const [closing, days] = await Promise.all([
    getJson(lake, closingPlanKey(plan.scene, plan.closedThroughMs), closingPlanSchema),
    Promise.all(plan.days.map((day) => sealSampleDay(lake, plan.scene, day))),
    sealClosing(lake, plan.scene, plan.closedThroughMs),
  ])
  const end = async (
    kind: DecisionRow['kind'],
    reason: string,
    evidence: Record<string, unknown>,
  ): Promise<Started> => {
    const at = (await registry.current())?.sequence ?? null
    const row: DecisionRow = {
      timeMs: plan.scheduledMs,
      kind,
      tier: plan.requestedTier,
      version: null,
      from: at,
      to: at,
      reason,
      evidence,
    }
    await registry.decide(row, plan.requestedTier)
    return { version: null, reason }
  }
  if (plan.skip !== null) return end('skip', plan.skip, {})

  const { row, manifestText } = describeVersion(plan, days)
  const { failed } = judgeData(scene, days, closing.drops, await registry.versions())
  // Asked once: the versions that a retry would be judged against may have grown by then.
  if (failed && !(await registry.version(row.version)))
    return end(failed.gate === 'volume' ? 'skip' : 'refusal', failed.reason, {
      gate: failed.gate,
      ...failed.numbers,
    })

  const files = days.flatMap((day) => day.files.map(({ key }) => key))
  const hasModels = await writeChannels(ports, scene, plan, row, manifestText, files)
  await registry.register(row)
  const isNew = await jobs.create(describeJob(scene, row.version, hasModels, place))
  return { version: row.version, reason: isNew ? plan.tierReason : 'started before' }
}
