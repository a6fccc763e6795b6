import { jobOutputKey } from '../contract/keys.ts'
import type { VersionRow } from '../contract/registry.ts'
import type { Scene } from '../contract/scene.ts'
import { type TrainingResult, trainingResultSchema } from '../contract/training.ts'
import { readArchive } from '../core/archive.ts'
import { decodeModel } from '../core/artifact.ts'
import { configurationDigest } from '../core/configuration.ts'
import { canonicalJson, sha256Hex } from '../core/digest.ts'
import { CorruptArtifact, describeFirstError, ObjectMissing } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'
import { openParquet } from '../core/parquet.ts'
import { readPredictions, type ScoredRow } from './predictions.ts'
import type { LoggedRows } from './trial.ts'
import { checkWeights } from './weights.ts'

/** The function's memory holds an unpacked archive and the data that is read from it. */
const MAX_ARCHIVE_BYTES = 512 * 2 ** 20

export interface Outputs {
  result: TrainingResult
  model: Uint8Array
  rows: LoggedRows
}

/** Turns a parser's error into CorruptArtifact. The bytes are the job's own: a retry would not help. */
async function parse<T>(what: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    if (cause instanceof CorruptArtifact) throw cause
    throw new CorruptArtifact(`${what}: ${describeFirstError(cause)}`, { cause })
  }
}

/** Reads files of an archive that the job left. Throws CorruptArtifact that lists the files found. */
async function openArchive(
  models: ObjectStore,
  row: VersionRow,
  archive: 'model' | 'output',
  expected: readonly string[],
): Promise<Buffer[]> {
  const key = jobOutputKey(row.scene, row.version, archive, row.jobName)
  const bytes = await models.get(key).catch((cause) => {
    if (!(cause instanceof ObjectMissing)) throw cause
    throw new CorruptArtifact(`${key}: got nothing, expected ${expected.join(', ')}`, { cause })
  })
  const files = await readArchive(bytes, key, MAX_ARCHIVE_BYTES)
  return expected.map((file) => {
    const found = files.get(file)
    if (found) return found
    const got = [...files.keys()].join(', ') || 'no file'
    throw new CorruptArtifact(`${key}: got ${got}, expected ${file}`)
  })
}

/**
 * Reads the outputs of a job. Any training image may have written them. Throws CorruptArtifact that
 * says what is wrong; it fails the version.
 */
export async function readOutputs(models: ObjectStore, row: VersionRow): Promise<Outputs> {
  const [[model], [resultJson, parquet]] = await Promise.all([
    openArchive(models, row, 'model', ['model.qmm']),
    openArchive(models, row, 'output', ['result.json', 'predictions.parquet']),
  ])
  const result = await parse(`result.json of ${row.version}`, () =>
    trainingResultSchema.parse(JSON.parse(resultJson!.toString('utf8'))),
  )
  const rows = await parse(`predictions.parquet of ${row.version}`, async () =>
    readPredictions(row, result, await openParquet<ScoredRow>(parquet!)),
  )
  return { result, model: model!, rows }
}

/**
 * Checks that the artifact is the one that the registry expects (version, base, data, code,
 * settings), that it has the features that go online, and that a reader can serve it. Throws
 * CorruptArtifact.
 */
export function checkLineage(
  scene: Scene,
  row: VersionRow,
  model: Uint8Array,
  result: TrainingResult,
): void {
  const artifact = decodeModel(model, `model of ${row.version}`)
  const { header } = artifact
  const expect = (name: string, got: unknown, expected: unknown): void => {
    if (got !== expected)
      throw new CorruptArtifact(`model of ${row.version}: got ${name} ${got}, expected ${expected}`)
  }
  for (const name of ['version', 'manifestDigest', 'codeDigest', 'configurationDigest'] as const)
    expect(name, header[name], row[name])
  expect('deltaOf', header.deltaOf, row.base)
  // After a change of the configuration, the scene's features are not those of this training.
  if (configurationDigest(scene) === row.configurationDigest)
    expect('features', canonicalJson(header.features), canonicalJson(scene.features))
  if (result.modelSha256 !== sha256Hex(model))
    throw new CorruptArtifact(
      `model of ${row.version}: its SHA-256 is not the one that training reported`,
    )
  checkWeights(artifact, result.sanity.isFinite)
}
