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
  /** A folder on local disk that nothing else uses. Its models stay for the next increment. */
  folder: string
}
/** How the training ended, in the format of SageMaker's event. */
export interface Ended {
  time: string
  detail: { TrainingJobName: string; TrainingJobStatus: string; FailureReason?: string }
}

/** A SageMaker input manifest: the prefix, then keys relative to it. */
const channelSchema = z.tuple([z.object({ prefix: z.string() })], z.string())

/** Copies the objects of a channel into its folder, as SageMaker's File mode does. Existing files stay. */
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
    // A file appears only when it is whole: the next increment does not read it again.
    writeFileSync(`${path}.partial`, bytes)
    renameSync(`${path}.partial`, path)
  })
  return keys
}

/** Removes the models of other chains to free disk space. A model is named by version and never changes. */
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
 * Trains an increment in this process, with the code of the container. Channels and outputs are those
 * of a training job, to the same bytes. `FailureReason` holds the text that a job would write into its
 * failure file. Throws infrastructure faults.
 */
export async function trainIncrement(
  { lake, models, folder }: IncrementPorts,
  request: IncrementRequest,
  print: (line: string) => void,
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
    await train(layout, () => true, print)
  } catch (error) {
    if (!(error instanceof CorruptArtifact || error instanceof InvalidInput)) throw error
    // A damaged local copy must not fail the next increment too.
    removeOtherModels(layout.models, [])
    const FailureReason = `${error.name}: ${error.message}`
    return { time, detail: { TrainingJobName, TrainingJobStatus: 'Failed', FailureReason } }
  }
  await upload(models, layout, request)
  rmSync(work, { recursive: true })
  return { time, detail: { TrainingJobName, TrainingJobStatus: 'Completed' } }
}
