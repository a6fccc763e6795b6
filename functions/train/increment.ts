import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import {
  jobOutputKey,
  versionModelsChannelKey,
  versionRunKey,
  versionSamplesChannelKey,
} from '../contract/keys.ts'
import type { IncrementRequest } from '../contract/requests.ts'
import { writeArchive } from '../core/archive.ts'
import { CorruptArtifact, InvalidInput } from '../core/errors.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { type Layout, layoutOf } from '../trainer/channels.ts'
import { train } from '../trainer/train.ts'

export interface IncrementPorts {
  lake: ObjectStore
  models: ObjectStore
  /** A folder of its own on local disk; models in it are kept for the next increment. */
  folder: string
}
/** How the training ended, as SageMaker's own event says it. */
export interface Ended {
  time: string
  detail: { TrainingJobName: string; TrainingJobStatus: string; FailureReason?: string }
}

/** A SageMaker input manifest: the prefix, then keys relative to it. */
const channelSchema = z.tuple([z.object({ prefix: z.string() })], z.string())

/** Brings a channel's objects into its folder, as SageMaker's File mode does; what is there stays. */
async function fillChannel(
  models: ObjectStore,
  manifestKey: string,
  from: ObjectStore,
  folder: string,
): Promise<string[]> {
  const [{ prefix }, ...keys] = await getJson(models, manifestKey, channelSchema)
  const root = prefix.replace(/^s3:\/\/[^/]*\//, '')
  await readEach(keys, async (key) => {
    const path = join(folder, key)
    if (existsSync(path)) return
    const bytes = await from.get(`${root}${key}`)
    mkdirSync(dirname(path), { recursive: true })
    // Whole or not at all: what is there is taken for whole by the next increment.
    writeFileSync(`${path}.partial`, bytes)
    renameSync(`${path}.partial`, path)
  })
  return keys
}

/** Models are named by version and never change: those of other chains make room. */
function removeOtherModels(folder: string, keep: readonly string[]): void {
  if (!existsSync(folder)) return
  const versions = new Set(keep.map((key) => key.slice(0, key.indexOf('/'))))
  for (const entry of readdirSync(folder))
    if (!versions.has(entry)) rmSync(join(folder, entry), { recursive: true })
}

async function upload(
  models: ObjectStore,
  layout: Layout,
  { scene, version, jobName }: IncrementRequest,
): Promise<void> {
  const read = (folder: string, ...names: string[]) =>
    Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name))]))
  const [model, output] = await Promise.all([
    writeArchive(read(layout.model, 'model.qmm')),
    writeArchive(read(layout.data, 'result.json', 'predictions.parquet')),
  ])
  await Promise.all([
    models.put(jobOutputKey(scene, version, 'model', jobName), model, 'application/gzip'),
    models.put(jobOutputKey(scene, version, 'output', jobName), output, 'application/gzip'),
  ])
}

/**
 * Trains an increment in this process: the container's own code, over the channels that its job
 * would have had, to the same bytes and the same outputs. What a job would leave in its failure
 * file is the answer's `FailureReason`; faults of the world around are thrown.
 */
export async function trainIncrement(
  { lake, models, folder }: IncrementPorts,
  request: IncrementRequest,
  say: (line: string) => void,
): Promise<Ended> {
  const work = join(folder, 'work')
  rmSync(work, { recursive: true, force: true })
  const layout = { ...layoutOf(work), models: join(folder, 'models') }
  const { scene, version, jobName: TrainingJobName, scheduledTime: time } = request
  const runPath = join(layout.run, 'run.json')
  mkdirSync(dirname(runPath), { recursive: true })
  const modelKeys = versionModelsChannelKey(scene, version)
  const [run, , kept] = await Promise.all([
    models.get(versionRunKey(scene, version)),
    fillChannel(models, versionSamplesChannelKey(scene, version), lake, layout.samples),
    fillChannel(models, modelKeys, models, layout.models),
  ])
  writeFileSync(runPath, run)
  removeOtherModels(layout.models, kept)
  try {
    await train(layout, () => true, say)
  } catch (error) {
    if (!(error instanceof CorruptArtifact || error instanceof InvalidInput)) throw error
    // A copy that went bad here must not fail the next one as well.
    removeOtherModels(layout.models, [])
    const FailureReason = `${error.name}: ${error.message}`
    return { time, detail: { TrainingJobName, TrainingJobStatus: 'Failed', FailureReason } }
  }
  await upload(models, layout, request)
  rmSync(work, { recursive: true })
  return { time, detail: { TrainingJobName, TrainingJobStatus: 'Completed' } }
}
