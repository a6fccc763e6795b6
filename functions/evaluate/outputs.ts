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

/** An unpacked archive must fit the function's memory beside what is made of it. */
const MAX_ARCHIVE_BYTES = 512 * 2 ** 20

export interface Outputs {
  result: TrainingResult
  model: Uint8Array
  rows: LoggedRows
}

/** What a parser of the job's own bytes throws is no fault of the world around: no retry mends it. */
async function parse<T>(what: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    if (cause instanceof CorruptArtifact) throw cause
    throw new CorruptArtifact(`${what}: ${describeFirstError(cause)}`, { cause })
  }
}

/** These files of an archive that the job left. Throws CorruptArtifact that lists what it holds. */
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
 * What the job left, unpacked. It may be of any image: whatever is wrong with it is a sentence and
 * fails the version. Throws CorruptArtifact.
 */
export async function readOutputs(models: ObjectStore, row: VersionRow): Promise<Outputs> {
  const [[model], [resultJson, parquet]] = await Promise.all([
    openArchive(models, row, 'model', ['model.qmm']),
    openArchive(models, row, 'output', ['result.json', 'predictions.parquet']),
  ])
  const of = `of ${row.version}`
  const result = await parse(`result.json ${of}`, () =>
    trainingResultSchema.parse(JSON.parse(resultJson!.toString('utf8'))),
  )
  const rows = await parse(`predictions.parquet ${of}`, async () =>
    readPredictions(row, result, await openParquet<ScoredRow>(parquet!)),
  )
  return { result, model: model!, rows }
}

/**
 * The artifact must be the one that the registry expects (version, base, data, code, settings), of
 * the features that go online, and one that a reader can serve. Throws CorruptArtifact.
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
  // A configuration that has moved on since says nothing of what this one asked for.
  if (configurationDigest(scene) === row.configurationDigest)
    expect('features', canonicalJson(header.features), canonicalJson(scene.features))
  if (result.modelSha256 !== sha256Hex(model))
    throw new CorruptArtifact(
      `model of ${row.version}: its SHA-256 is not the one that training reported`,
    )
  checkWeights(artifact, result.sanity.isFinite)
}
