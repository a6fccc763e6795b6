import { parseTrainingJobName, versionEvaluationKey, versionModelKey } from '../contract/keys.ts'
import type { VersionRow } from '../contract/registry.ts'
import type { Scene } from '../contract/scene.ts'
import { type Evaluation, evaluationSchema, type JobEvent } from '../contract/training.ts'
import { canonicalJson } from '../core/digest.ts'
import { CorruptArtifact } from '../core/errors.ts'
import { findJson, getJson, type ObjectStore } from '../core/objects.ts'
import { releaseLease } from '../registry/lease.ts'
import type { Registry } from '../registry/registry.ts'
import { describeEnd, isToBeRestarted } from './interruption.ts'
import { failedGate, judgeVersion } from './judge.ts'
import { checkLineage, type Outputs, readOutputs } from './outputs.ts'

export interface Judgement {
  /**
   * `relapsed`: the served chain is worse than its base, so the base must be served again.
   * `promoted`: the canary passed its trial. `withdrawn`: the canary failed its trial, or the served
   * version is worse than the constant. `interrupted`: the job must be started again.
   */
  verdict: Evaluation['verdict'] | 'failed' | 'interrupted' | 'ignored'
  scene: string
  version: string
  timeMs: number
  reason: string
  /** The job that was interrupted. */
  jobName?: string
}

/** Refuses or fails a version: records the decision, settles the version, releases the lease. */
async function rejectVersion(
  registry: Registry,
  row: VersionRow,
  timeMs: number,
  status: 'refused' | 'failed',
  reason: string,
  evidence: Record<string, unknown>,
  kept: Partial<VersionRow> = {},
): Promise<Judgement> {
  const served = (await registry.current())?.sequence ?? null
  const kind = status === 'failed' ? 'failure' : 'refusal'
  const { tier, version } = row
  await registry.decide(
    { timeMs, kind, tier, version, from: served, to: served, reason, evidence },
    row.version,
  )
  await registry.settle({ ...row, ...kept, status, reason }, 'started')
  await releaseLease(registry, row.fence)
  return { verdict: status, scene: row.scene, version: row.version, timeMs, reason }
}

const evaluationKeyOf = ({ scene, version }: VersionRow): string =>
  versionEvaluationKey(scene, version)

/** Keeps the first judgement. By the time of a retry, another champion may be served. */
async function keepJudgement(
  models: ObjectStore,
  row: VersionRow,
  judge: () => Promise<Evaluation>,
): Promise<Evaluation> {
  const key = evaluationKeyOf(row)
  const existing = await findJson(models, key, evaluationSchema)
  if (existing) return existing
  const evaluation = await judge()
  await models.putIfAbsent(key, canonicalJson(evaluation), 'application/json')
  return getJson(models, key, evaluationSchema)
}

/** The verdict of a job that was judged before, or must not be judged; null where it must be judged. */
async function findVerdict(
  models: ObjectStore,
  row: VersionRow,
  jobName: string,
): Promise<Pick<Judgement, 'verdict' | 'reason'> | null> {
  // A failed job is tried again under another name. The outputs of the failed job are not judged.
  if (row.jobName !== jobName)
    return {
      verdict: 'ignored',
      reason: `${jobName} is not the current job of ${row.version}: that is ${row.jobName}`,
    }
  if (row.status === 'accepted') return getJson(models, evaluationKeyOf(row), evaluationSchema)
  return row.status === 'started' ? null : { verdict: row.status, reason: row.reason }
}

/** Puts the model where releases find it, and the scores of the other versions into the registry. */
async function keepOutputs(
  models: ObjectStore,
  registry: Registry,
  { scene, version }: VersionRow,
  { result, model }: Outputs,
): Promise<Pick<VersionRow, 'modelKey' | 'modelSha256' | 'sanity' | 'ranking'>> {
  const modelKey = versionModelKey(scene, version)
  await models.put(modelKey, model, 'application/octet-stream')
  for (const scorer of result.scorers.slice(0, -1))
    await registry.keepScore({
      version: scorer,
      dataFromMs: result.scoredFromMs,
      dataThroughMs: result.scoredThroughMs,
      scoredBy: version,
      scores: result.scores[scorer]!,
    })
  const { modelSha256, sanity, ranking } = result
  return { modelKey, modelSha256, sanity, ...(ranking && { ranking }) }
}

/**
 * Judges a training job that has ended: keeps its scores, asks the gates, settles the version. An
 * interrupted job leaves its version unchanged, so that it can be started again. A second delivery
 * of the event finds the version settled and answers the same. Throws only for infrastructure
 * faults; an output that cannot be read fails the version.
 */
export async function evaluateJob(
  models: ObjectStore,
  openRegistry: (scene: string) => Registry,
  sceneOf: (scene: string) => Scene,
  event: JobEvent,
): Promise<Judgement> {
  const timeMs = Date.parse(event.time)
  const { TrainingJobName, TrainingJobStatus } = event.detail
  const named = parseTrainingJobName(TrainingJobName)
  const registry = named && openRegistry(named.scene)
  const row = named && (await registry!.version(named.version))
  if (!row || !registry)
    return {
      verdict: 'ignored',
      scene: named?.scene ?? '',
      version: named?.version ?? '',
      timeMs,
      reason: `${TrainingJobName} is not a training job of this pipeline`,
    }
  const answer = ({ verdict, reason }: Pick<Judgement, 'verdict' | 'reason'>): Judgement => ({
    verdict,
    scene: row.scene,
    version: row.version,
    timeMs,
    reason,
  })
  const existing = await findVerdict(models, row, TrainingJobName)
  if (existing) return answer(existing)
  if (TrainingJobStatus !== 'Completed') {
    const reason = describeEnd(event.detail, row.restarts)
    if (isToBeRestarted(event.detail, row))
      return { ...answer({ verdict: 'interrupted', reason }), jobName: TrainingJobName }
    return rejectVersion(registry, row, timeMs, 'failed', reason, {})
  }

  const scene = sceneOf(row.scene)
  let outputs: Outputs
  try {
    outputs = await readOutputs(models, row)
    checkLineage(scene, row, outputs.model, outputs.result)
  } catch (error) {
    if (!(error instanceof CorruptArtifact)) throw error
    return rejectVersion(registry, row, timeMs, 'failed', error.message, {})
  }
  const kept = await keepOutputs(models, registry, row, outputs)
  const evaluation = await keepJudgement(models, row, () =>
    judgeVersion(models, registry, scene, row, outputs),
  )
  const { verdict, reason } = evaluation
  if (verdict === 'refused')
    return rejectVersion(registry, row, timeMs, verdict, reason, failedGate(evaluation), kept)
  // The release stage settles a relapse or withdrawal. A retry before that finds the same verdict.
  if (verdict === 'accepted' || verdict === 'promoted')
    await registry.settle({ ...row, ...kept, status: 'accepted', reason }, 'started')
  return answer(evaluation)
}
