import { z } from 'zod'
import {
  cleanEventFiles,
  cleanItemFiles,
  cleanUserFiles,
  closedFiles,
  closingAccounts,
  closingCommits,
  closingPlans,
  closingSuccessors,
  closings,
  counterFiles,
  dropManifests,
  modelArchives,
  modelFiles,
  modelsChannels,
  outputArchives,
  runChannels,
  runPlans,
  sampleFiles,
  sampleManifests,
  samplePartAccounts,
  sampleParts,
  samplesChannels,
  stateFiles,
  verdictFiles,
  versionManifests,
  versionRuns,
} from '../contract/keys.ts'
import { incrementRequestSchema } from '../contract/requests.ts'
import { declareStage, named } from '../contract/stage.ts'
import { runRequestSchema, runStateSchema } from '../contract/training.ts'
import { DECISION_METRICS } from '../registry/measured-decisions.ts'

export const plan = declareStage({
  name: 'plan',
  request: runRequestSchema,
  description: 'Decides what a run closes, samples and trains on',
  timeoutMinutes: 15,
  memoryMiB: 1769,
  readsScenes: true,
  lists: [
    dropManifests,
    closings,
    runPlans,
    closedFiles,
    counterFiles,
    cleanEventFiles,
    stateFiles,
    verdictFiles,
    cleanItemFiles,
    cleanUserFiles,
    sampleFiles,
  ],
  reads: [
    dropManifests,
    closingPlans,
    closingSuccessors,
    closingCommits,
    runPlans,
    verdictFiles,
    versionManifests,
  ],
  writes: [closingPlans, closingSuccessors, runPlans],
  tables: { registry: ['read', 'write'], online: ['read'] },
  variables: {
    /** Digests of the code that makes samples, and of the training image. Results depend on both. */
    SAMPLES_DIGEST: named,
    TRAINER_DIGEST: named,
    /** The state of that image's models: OWN_STATE, or the state that another image's label names. */
    TRAINER_STATE: named,
    /** Whether the increment function exists. It has our own trainer's code, and serves no other image. */
    INCREMENT_FUNCTION: z.enum(['deployed', 'absent']),
    /** ARN pattern of the jobs that the stage looks up. */
    TRAINING_JOBS: named,
  },
  metrics: {
    /** Measured when a run is planned: from the end of the data to the time of the run. */
    AcceptedAge: { of: 'tier', unit: 'Seconds' },
    ServedAge: { of: 'scene', unit: 'Seconds' },
    /** From the end of the last hour that the online values have folded to the time of the run. */
    ValuesAge: { of: 'scene', unit: 'Seconds' },
    /** How long a lease is overdue, and how long another writer still has it. */
    LeaseOverdue: { of: 'scene', unit: 'Seconds' },
    LeaseHeld: { of: 'scene', unit: 'Seconds' },
  },
  cost: { invokedBy: 'run', requestsGrowWith: 'drops', bytesGrowWith: 'runs' },
})

export const start = declareStage({
  name: 'start',
  request: runStateSchema,
  description: 'Commits the samples, asks the data gates and starts the training job',
  timeoutMinutes: 5,
  memoryMiB: 1024,
  readsScenes: true,
  reads: [runPlans, closingPlans, closingAccounts, samplePartAccounts, sampleManifests],
  lists: [sampleFiles],
  writes: [
    closingCommits,
    sampleManifests,
    versionManifests,
    versionRuns,
    samplesChannels,
    modelsChannels,
  ],
  tables: { registry: ['read', 'write'] },
  variables: {
    MODELS_KEY: named,
    TRAINER_DIGEST: named,
    TRAINING_IMAGE: named,
    TRAINING_ROLE: named,
  },
  metrics: DECISION_METRICS,
  cost: { invokedBy: 'run', requestsGrowWith: 'runs', bytesGrowWith: 'runs' },
})

export const increment = declareStage({
  name: 'increment',
  request: incrementRequestSchema,
  description: 'Trains an hourly increment with the code of the training container',
  timeoutMinutes: 15,
  // The construct computes the memory from the deployed scenes.
  memoryMiB: 1769,
  diskMiB: 10_240,
  readsScenes: false,
  reads: [sampleParts, runChannels, samplesChannels, modelsChannels, modelFiles],
  writes: [modelArchives, outputArchives],
  cost: { invokedBy: 'run', requestsGrowWith: 'runs', bytesGrowWith: 'runs' },
})
