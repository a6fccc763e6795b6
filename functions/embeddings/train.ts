import { spaceJobName } from '../contract/keys.ts'
import { CorruptArtifact } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'
import type { TrainingJobs } from '../core/training-jobs.ts'
import type { JobPlace } from '../core/training-request.ts'
import { embeddingsOf } from './generations.ts'
import { placeTraining, type TrainingPlacement } from './place-training.ts'
import { trainSpaces } from './train-spaces.ts'
import { describeSpaceJob, readTrained, writeTask } from './training-job.ts'
import type { Trained, TrainingTask } from './training-task.ts'

/** Where trainings run that are too large for this function. */
export interface TrainPorts {
  models: ObjectStore
  jobs: TrainingJobs
  place: JobPlace
  /** Whether the training image has the program that trains a space. */
  hasSpaceTask: boolean
  codeDigest: string
}

/** Jobs of one generation. An interrupted one is continued by the next; the same fault three times is no accident. */
const MAX_ATTEMPTS = 3
const RUNNING = new Set(['InProgress', 'Stopping'])

/** Starts a job, looks after the one that runs, or reads what it trained. */
async function trainOnSageMaker(
  { models, jobs, place, codeDigest }: TrainPorts,
  task: TrainingTask,
  instanceType: string,
): Promise<Trained> {
  const { scene, generation } = task
  let reason = ''
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const jobName = spaceJobName(scene.scene, generation, attempt)
    const job = await jobs.describe(jobName)
    if (!job) {
      if (attempt === 1) await writeTask(models, task, codeDigest)
      await jobs.create(describeSpaceJob(task, jobName, instanceType, place))
      return { result: 'training', reason: `${jobName} trains it` }
    }
    const { TrainingJobStatus: status = '', FailureReason } = job
    if (RUNNING.has(status)) return { result: 'training', reason: `${jobName} trains it` }
    if (status === 'Completed') return readTrained(models, task, jobName)
    reason = FailureReason ?? status
  }
  return { result: 'failed', reason: `${MAX_ATTEMPTS} training jobs failed: ${reason}` }
}

/** Trains a generation: here where its graph is small enough, else by a job. */
export async function trainGeneration(
  ports: TrainPorts,
  task: TrainingTask,
  placement?: TrainingPlacement,
): Promise<Trained> {
  const { scene, graphs } = task
  const embeddings = embeddingsOf(scene)
  const { ids, targets } = graphs.all
  const { executor, instanceType, reason } =
    placement ?? placeTraining(ids.length, targets.length / 2, { ...scene, embeddings })
  if (executor === 'lambda')
    return { result: 'trained', graphs, vectors: trainSpaces(graphs, embeddings) }
  if (instanceType === null) return { result: 'failed', reason }
  if (!ports.hasSpaceTask)
    return {
      result: 'failed',
      reason: `${reason}; the training image of this deployment has no program that trains a space: deploy without trainingImage, or make the graph smaller`,
    }
  try {
    return await trainOnSageMaker(ports, task, instanceType)
  } catch (error) {
    if (error instanceof CorruptArtifact) return { result: 'failed', reason: error.message }
    throw error
  }
}
