import { jobOutputKey } from '../contract/keys.ts'
import type { VersionRow } from '../contract/registry.ts'
import { type TrainingResult, trainingResultSchema } from '../contract/training.ts'
import { readArchive } from '../core/archive.ts'
import { decodeModel } from '../core/artifact.ts'
import { sha256Hex } from '../core/digest.ts'
import { CorruptArtifact } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readParquet } from '../core/parquet.ts'
import type { LoggedRows } from './trial.ts'

/** An unpacked archive must fit the function's memory beside what is made of it. */
const MAX_ARCHIVE_BYTES = 512 * 2 ** 20

export interface Outputs {
  result: TrainingResult
  model: Uint8Array
  rows: LoggedRows
}

/** What the job left, unpacked. Throws CorruptArtifact. */
export async function readOutputs(models: ObjectStore, row: VersionRow): Promise<Outputs> {
  const open = async (archive: 'model' | 'output', file: string): Promise<Map<string, Buffer>> => {
    const key = jobOutputKey(row.scene, row.version, archive, row.jobName)
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
  const predictions = await readParquet<
    Record<string, number> & { user: string; release: string | null }
  >(output.get('predictions.parquet')!)
  return {
    result,
    model: model.get('model.qmm')!,
    rows: {
      labels: predictions.map((scored) => scored['label']!),
      weights: predictions.map((scored) => scored['weight']!),
      users: predictions.map(({ user }) => user),
      releases: predictions.map(({ release }) => release ?? null),
      predictions: result.scorers.map((_, i) => predictions.map((scored) => scored[`p_${i}`]!)),
    },
  }
}

/** The artifact must be the one that the registry expects: version, parent, data, code, settings. */
export function checkLineage(row: VersionRow, model: Uint8Array, result: TrainingResult): void {
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
