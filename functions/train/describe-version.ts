import type { SampleManifest } from '../contract/accounts.ts'
import { trainingJobName, versionId } from '../contract/keys.ts'
import type { VersionRow } from '../contract/registry.ts'
import type { Removed } from '../contract/removed.ts'
import type { Interval, RunPlan, VersionManifest } from '../contract/training.ts'
import { canonicalJson, digestOf, sha256Hex } from '../core/digest.ts'
import { countTrusted, pinSet, sumAccounts } from '../samples/commit-set.ts'
import { hoursOf, spreadOf } from './hour-rates.ts'
import type { JobPlacement } from './job-placement.ts'

/**
 * The registry row and the manifest of a version, from its plan and its committed sample sets.
 * `excluded` are the hours that the data gates excluded. Pure: the same plan gives the same version.
 */
export function describeVersion(
  plan: RunPlan,
  sets: readonly SampleManifest[],
  excluded: readonly Interval[] = [],
  placed: Pick<JobPlacement, 'reason'> | null = null,
  removed: Removed | null = null,
) {
  const account = sumAccounts(sets.map((set) => set.account))
  const dispersion = plan.tier === 'hourly' ? null : spreadOf(hoursOf(plan.tier, sets))
  const content = {
    scene: plan.scene,
    dataFromMs: plan.dataFromMs,
    dataThroughMs: plan.dataThroughMs,
    sets: sets.map((set) => pinSet(set, plan.sets)),
    exclusions: [...plan.exclusions, ...excluded],
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
    impressions: countTrusted(account),
    known: account.known,
    ...(dispersion !== null && { dispersion }),
    ...(removed && { removed }),
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
