import { z } from 'zod'
import {
  jobOutputKey,
  parseTrainingJobName,
  versionEvaluationKey,
  versionModelKey,
} from '../contract/keys.ts'
import type { VersionRow } from '../contract/registry.ts'
import type { Gates, Scene } from '../contract/scene.ts'
import {
  evaluationSchema,
  type PairedLoss,
  type TrainingResult,
  trainingResultSchema,
  type Verdict,
} from '../contract/training.ts'
import { readArchive } from '../core/archive.ts'
import { decodeModel } from '../core/artifact.ts'
import { canonicalJson, sha256Hex } from '../core/digest.ts'
import { CorruptArtifact } from '../core/errors.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { readParquet } from '../core/parquet.ts'
import { readEach } from '../core/read-each.ts'
import { giveLeaseBack } from '../release/lease.ts'
import { loadLineage, type Registry } from '../release/registry.ts'
import {
  gatePredictions,
  gateRegression,
  gateServed,
  gateWeights,
  pairLosses,
  type ScoredRows,
} from './gates.ts'

/** SageMaker's "Training Job State Change" event, as far as it is read. */
export const jobEventSchema = z.object({
  time: z.iso.datetime({ offset: true }),
  detail: z.object({
    TrainingJobName: z.string(),
    TrainingJobStatus: z.string(),
    FailureReason: z.string().optional(),
  }),
})
export type JobEvent = z.infer<typeof jobEventSchema>

export interface Judgement {
  /** `relapsed`: the served chain is worse than its base, which is to be served again. */
  verdict: 'accepted' | 'relapsed' | 'refused' | 'failed' | 'ignored'
  scene: string
  version: string
  timeMs: number
  reason: string
}

/** An unpacked archive must fit the function's memory beside what is made of it. */
const MAX_ARCHIVE_BYTES = 512 * 2 ** 20

interface Outputs {
  result: TrainingResult
  model: Uint8Array
  rows: ScoredRows
}

async function readOutputs(models: ObjectStore, row: VersionRow): Promise<Outputs> {
  const open = async (archive: 'model' | 'output', file: string): Promise<Map<string, Buffer>> => {
    const key = jobOutputKey(row.scene, row.version, archive)
    const files = await readArchive(await models.get(key), key, MAX_ARCHIVE_BYTES)
    if (!files.has(file))
      throw new CorruptArtifact(
        `${key}: got ${[...files.keys()].join(', ') || 'no file'}, expected ${file}`,
      )
    return files
  }
  const [model, output] = await Promise.all([
    open('model', 'model.qmm'),
    open('output', 'result.json'),
  ])
  const result = trainingResultSchema.parse(JSON.parse(output.get('result.json')!.toString('utf8')))
  const predictions = await readParquet<Record<string, number> & { user: string }>(
    output.get('predictions.parquet')!,
  )
  return {
    result,
    model: model.get('model.qmm')!,
    rows: {
      labels: predictions.map((scored) => scored['label']!),
      weights: predictions.map((scored) => scored['weight']!),
      users: predictions.map(({ user }) => user),
      predictions: result.scorers.map((_, i) => predictions.map((scored) => scored[`p_${i}`]!)),
    },
  }
}

/** The artifact must be the one that the registry expects: version, parent, data, code, settings. */
function checkLineage(row: VersionRow, model: Uint8Array, result: TrainingResult): void {
  const { header } = decodeModel(model, `model of ${row.version}`)
  for (const name of ['version', 'manifestDigest', 'codeDigest', 'configurationDigest'] as const)
    if (header[name] !== row[name])
      throw new CorruptArtifact(
        `model of ${row.version}: got ${name} ${header[name]}, expected ${row[name]}`,
      )
  if (result.modelSha256 !== sha256Hex(model))
    throw new CorruptArtifact(
      `model of ${row.version}: its SHA-256 is not the one that training reported`,
    )
}

/** The served chain and its base on these rows, where both were asked and neither had seen them. */
function pairServed(
  row: VersionRow,
  rows: ScoredRows,
  scorers: readonly string[],
  champion: string | null,
): PairedLoss | null {
  const { base } = row
  if (champion === null || base === null || champion === base || rows.users.length === 0)
    return null
  if (!scorers.includes(champion) || !scorers.includes(base)) return null
  return pairLosses(rows, scorers, champion, base)
}

/** What the increments before this one on the same base found of the served chain. */
async function loadServed(
  models: ObjectStore,
  registry: Registry,
  row: VersionRow,
  gates: Gates,
): Promise<PairedLoss[]> {
  const chain = (await loadLineage(registry, row.scheduledMs))
    .filter(({ base, status }) => base === row.base && status === 'accepted')
    .filter(({ dataThroughMs }) => dataThroughMs <= row.dataFromMs)
    .sort((a, b) => b.dataThroughMs - a.dataThroughMs)
    .slice(0, gates.judgedIntervals - 1)
  const found = await readEach(chain, ({ version }) =>
    getJson(models, versionEvaluationKey(row.scene, version), evaluationSchema),
  )
  return found.flatMap(({ served }) => served ?? [])
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

/**
 * Judges a training job that has ended: keeps what it scored, asks the gates, settles the version.
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
  const { TrainingJobName, TrainingJobStatus, FailureReason } = event.detail
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
  const { scene, version } = row
  if (row.status !== 'started')
    return { verdict: row.status, scene, version, timeMs, reason: row.reason }
  if (TrainingJobStatus !== 'Completed')
    return turnDown(
      registry,
      row,
      timeMs,
      'failed',
      `training ${TrainingJobStatus.toLowerCase()}: ${FailureReason ?? 'no reason given'}`,
      {},
    )

  let outputs: Outputs
  try {
    outputs = await readOutputs(models, row)
    checkLineage(row, outputs.model, outputs.result)
  } catch (error) {
    if (!(error instanceof CorruptArtifact)) throw error
    return turnDown(registry, row, timeMs, 'failed', error.message, {})
  }
  const { result, model, rows } = outputs
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

  const gates = sceneOf(scene).gates
  const champion = (await registry.current())?.version ?? null
  const served = pairServed(row, rows, result.scorers, champion)
  const relapse =
    served && gateServed(gates, [served, ...(await loadServed(models, registry, row, gates))])
  const verdicts: Verdict[] = [
    gateWeights(gates, result.sanity),
    gatePredictions(result),
    gateRegression(gates, rows, result.scorers, champion),
  ]
  await models.put(
    versionEvaluationKey(scene, version),
    canonicalJson({ result, verdicts: relapse ? [relapse, ...verdicts] : verdicts, served }),
    'application/json',
  )
  const kept = { modelKey, modelSha256: result.modelSha256, sanity: result.sanity }
  // Settled once the base is served: a retry before that comes to the same verdict.
  if (relapse && !relapse.passed)
    return { verdict: 'relapsed', scene, version, timeMs, reason: relapse.reason }
  const failed = verdicts.find(({ passed }) => !passed)
  if (failed)
    return turnDown(
      registry,
      row,
      timeMs,
      'refused',
      failed.reason,
      { gate: failed.gate, ...failed.numbers },
      kept,
    )
  const reason = verdicts[verdicts.length - 1]!.reason
  await registry.settle({ ...row, ...kept, status: 'accepted', reason }, 'started')
  return { verdict: 'accepted', scene, version, timeMs, reason }
}
