import type { CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker'
import type { SpaceRun } from '../contract/embedding-run.ts'
import {
  spaceCheckpointPrefix,
  spaceGraphKey,
  spaceJobOutputKey,
  spaceJobsPrefix,
  spaceRunKey,
  spaceRunPrefix,
  spaceTrainingPrefix,
} from '../contract/keys.ts'
import type { Scene } from '../contract/scene.ts'
import { CHANNELS } from '../contract/training.ts'
import { readArchive } from '../core/archive.ts'
import { configurationDigest } from '../core/configuration.ts'
import { canonicalJson } from '../core/digest.ts'
import { CorruptArtifact } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import {
  channel,
  describeMachine,
  describeOutput,
  type JobPlace,
} from '../core/training-request.ts'
import { restoreTraining } from './deepwalk/training.ts'
import { embeddingsOf } from './generations.ts'
import { decodeGraph, encodeGraph } from './graph/encode-graph.ts'
import type { Graph } from './graph/graph.ts'
import { type Both, trainingDefinitions } from './train-spaces.ts'
import type { Trained, TrainingTask } from './training-task.ts'

/** The names of both trainings among the files of a job. */
export const FILES: Both<'all' | 'held-out'> = { all: 'all', heldOut: 'held-out' }
/** A trained space, or the state of a training that goes on. */
export const walksFile = (name: string): string => `${name}.qmw`

/** What the image starts in place of its own program. */
const ENTRYPOINT = ['node', '--max-old-space-size-percentage=75', '/opt/program/embed.mjs']

/** The request for the job that trains a generation. Every attempt continues from the last checkpoint. */
export function describeSpaceJob(
  { scene, generation }: Pick<TrainingTask, 'scene' | 'generation'>,
  jobName: string,
  instanceType: string,
  place: JobPlace,
): CreateTrainingJobCommandInput {
  const name = scene.scene
  const run = `s3://${place.modelsBucket}/${spaceRunPrefix(name, generation)}`
  return {
    TrainingJobName: jobName,
    AlgorithmSpecification: {
      ...{ TrainingImage: place.image, TrainingInputMode: 'File' },
      ContainerEntrypoint: ENTRYPOINT,
    },
    RoleArn: place.role,
    InputDataConfig: [channel(CHANNELS.run, 'S3Prefix', run)],
    ...describeOutput(
      place,
      spaceJobsPrefix(name, generation),
      spaceCheckpointPrefix(name, generation),
    ),
    ...describeMachine(scene.training, instanceType, place),
    Tags: [
      { Key: 'quartermaster:scene', Value: name },
      { Key: 'quartermaster:generation', Value: generation },
    ],
  }
}

/** Writes the job's channel: both graphs, and what is to be trained. */
export async function writeTask(
  models: Pick<ObjectStore, 'put'>,
  { scene, generation, graphs, fromMs, scheduledMs, closedThroughMs }: TrainingTask,
  codeDigest: string,
): Promise<void> {
  const name = scene.scene
  const header = {
    ...{ scene: name, generation, codeDigest, configurationDigest: configurationDigest(scene) },
    ...{ dataFromMs: fromMs, dataThroughMs: closedThroughMs },
  }
  for (const which of ['all', 'heldOut'] as const)
    await models.put(
      spaceGraphKey(name, generation, FILES[which]),
      encodeGraph(header, graphs[which]),
    )
  const embeddings = embeddingsOf(scene)
  const run: SpaceRun = { scene: name, generation, embeddings, scheduledMs, closedThroughMs }
  await models.put(spaceRunKey(name, generation), canonicalJson(run), 'application/json')
}

/** More than any archive of vectors that fit the function. */
const MAX_ARCHIVE_BYTES = 8 * 2 ** 30

/** Reads what a job trained. Throws CorruptArtifact where it is not of the graphs that it was given. */
export async function readTrained(
  models: Pick<ObjectStore, 'get'>,
  { scene, generation }: { scene: Scene; generation: string },
  jobName: string,
): Promise<Trained> {
  const name = scene.scene
  const definitions = trainingDefinitions(embeddingsOf(scene))
  const key = spaceJobOutputKey(name, generation, jobName)
  const files = await readArchive(await models.get(key), key, MAX_ARCHIVE_BYTES)
  const graphOf = async (which: keyof Both<Graph>): Promise<Graph> => {
    const own = spaceGraphKey(name, generation, FILES[which])
    return decodeGraph(await models.get(own), own).graph
  }
  const graphs = { all: await graphOf('all'), heldOut: await graphOf('heldOut') }
  const read = (which: keyof Both<Graph>) => {
    const file = walksFile(FILES[which])
    const bytes = files.get(file)
    if (!bytes) throw new CorruptArtifact(`${key}: expected the file ${file}, got none`)
    const training = restoreTraining(graphs[which], definitions[which], bytes, `${key}: ${file}`)
    if (training.stepsDone() < training.stepsTotal)
      throw new CorruptArtifact(
        `${key}: ${file} is at step ${training.stepsDone()}, expected ${training.stepsTotal}`,
      )
    return training.vectors()
  }
  return { result: 'trained', graphs, vectors: { all: read('all'), heldOut: read('heldOut') } }
}

/** Deletes what jobs of a generation read and wrote: graphs and checkpoints name users. */
export async function deleteTask(
  models: Pick<ObjectStore, 'list' | 'delete'>,
  scene: string,
  generation: string,
): Promise<void> {
  const listed = await models.list(spaceTrainingPrefix(scene, generation))
  await readEach(listed, ({ key }) => models.delete(key))
}
