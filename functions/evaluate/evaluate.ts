import { parseTrainingJobName, versionEvaluationKey, versionModelKey } from '../contract/keys.ts'
import type { VersionRow } from '../contract/registry.ts'
import type { Scene } from '../contract/scene.ts'
import { type Evaluation, evaluationSchema, type JobEvent } from '../contract/training.ts'
import { canonicalJson } from '../core/digest.ts'
import { CorruptArtifact } from '../core/errors.ts'
import { findJson, getJson, type ObjectStore } from '../core/objects.ts'
import { giveLeaseBack } from '../registry/lease.ts'
import type { Registry } from '../registry/registry.ts'
import { describeEnd, isToBeRestarted } from './interruption.ts'
import { failedGate, judgeVersion } from './judge.ts'
import { checkLineage, type Outputs, readOutputs } from './outputs.ts'

export interface Judgement {
  /**
   * `relapsed`: the served chain is worse than its base, which is to be served again. `promoted`,
   * `withdrawn`: the canary's trial has ended. `interrupted`: the job is to be started again.
   */
  verdict: Evaluation['verdict'] | 'failed' | 'interrupted' | 'ignored'
  scene: string
  version: string
  timeMs: number
  reason: string
  /** The job that was interrupted. */
  jobName?: string
}

/** Refused or failed: the version is settled and the decision stands beside the releases. */
async function turnDown(
  registry: Registry,
  row: VersionRow,
  timeMs: number,
  status: 'refused' | 'failed',
  reason: string,
  evidence: Record<string, unknown>,
  kept: Partial<VersionRow> = {},
): Promise<Judgement> {
  const at = (await registry.current())?.sequence ?? null
  const kind = status === 'failed' ? 'failure' : 'refusal'
  await registry.decide(
    { timeMs, kind, tier: row.tier, version: row.version, from: at, to: at, reason, evidence },
    row.version,
  )
  await registry.settle({ ...row, ...kept, status, reason }, 'started')
  await giveLeaseBack(registry, row.fence)
  return { verdict: status, scene: row.scene, version: row.version, timeMs, reason }
}

const evaluationKeyOf = ({ scene, version }: VersionRow): string =>
  versionEvaluationKey(scene, version)

/** The first judgement stands: by the time of a retry, what it was judged against may have moved on. */
async function keepJudgement(
  models: ObjectStore,
  row: VersionRow,
  judge: () => Promise<Evaluation>,
): Promise<Evaluation> {
  const key = evaluationKeyOf(row)
  const standing = await findJson(models, key, evaluationSchema)
  if (standing) return standing
  const evaluation = await judge()
  await models.putIfAbsent(key, canonicalJson(evaluation), 'application/json')
  return getJson(models, key, evaluationSchema)
}

/** What stands of a job that is not to be judged, or no more; null where it is to be. */
async function findVerdict(
  models: ObjectStore,
  row: VersionRow,
  jobName: string,
): Promise<Pick<Judgement, 'verdict' | 'reason'> | null> {
  // What failed is tried again under another name; nothing of it is left to be judged.
  if (row.jobName !== jobName)
    return {
      verdict: 'ignored',
      reason: `${jobName} is not the attempt that ${row.version} is at: that is ${row.jobName}`,
    }
  if (row.status === 'accepted') return getJson(models, evaluationKeyOf(row), evaluationSchema)
  return row.status === 'started' ? null : { verdict: row.status, reason: row.reason }
}

/** Puts the model where releases find it, and what it and its rivals scored into the registry. */
async function keepOutputs(
  models: ObjectStore,
  registry: Registry,
  { scene, version }: VersionRow,
  { result, model }: Outputs,
): Promise<Pick<VersionRow, 'modelKey' | 'modelSha256' | 'sanity' | 'ranking'>> {
  const modelKey = versionModelKey(scene, version)
  await models.put(modelKey, model, 'application/octet-stream')
  for (const rival of result.scorers.slice(0, -1))
    await registry.keepScore({
      version: rival,
      dataFromMs: result.scoredFromMs,
      dataThroughMs: result.scoredThroughMs,
      scoredBy: version,
      scores: result.scores[rival]!,
    })
  const { modelSha256, sanity, ranking } = result
  return { modelKey, modelSha256, sanity, ...(ranking && { ranking }) }
}

/**
 * Judges a training job that has ended: keeps what it scored, asks the gates, settles the version. An
 * interrupted job leaves its version as it is, to be started again.
 * A second delivery of the event finds it settled and answers the same. Throws only for faults;
 * an output that cannot be read fails the version.
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
      reason: `${TrainingJobName} is no job of ours`,
    }
  const answer = ({ verdict, reason }: Pick<Judgement, 'verdict' | 'reason'>): Judgement => ({
    verdict,
    scene: row.scene,
    version: row.version,
    timeMs,
    reason,
  })
  const standing = await findVerdict(models, row, TrainingJobName)
  if (standing) return answer(standing)
  if (TrainingJobStatus !== 'Completed') {
    const reason = describeEnd(event.detail, row.restarts)
    if (isToBeRestarted(event.detail, row))
      return { ...answer({ verdict: 'interrupted', reason }), jobName: TrainingJobName }
    return turnDown(registry, row, timeMs, 'failed', reason, {})
  }

  const scene = sceneOf(row.scene)
  let outputs: Outputs
  try {
    outputs = await readOutputs(models, row)
    checkLineage(scene, row, outputs.model, outputs.result)
  } catch (error) {
    if (!(error instanceof CorruptArtifact)) throw error
    return turnDown(registry, row, timeMs, 'failed', error.message, {})
  }
  const kept = await keepOutputs(models, registry, row, outputs)
  const evaluation = await keepJudgement(models, row, () =>
    judgeVersion(models, registry, scene, row, outputs),
  )
  const { verdict, reason } = evaluation
  if (verdict === 'refused')
    return turnDown(registry, row, timeMs, verdict, reason, failedGate(evaluation), kept)
  // The others are settled once another is served: a retry before that finds the same verdict.
  if (verdict === 'accepted' || verdict === 'promoted')
    await registry.settle({ ...row, ...kept, status: 'accepted', reason }, 'started')
  return answer(evaluation)
}
