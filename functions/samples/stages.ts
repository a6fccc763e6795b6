import {
  cleanEventFiles,
  cleanItemFiles,
  cleanUserFiles,
  closedFiles,
  closingPlans,
  correctionFiles,
  counterFiles,
  deltaFiles,
  dropManifests,
  pairParts,
  runPlans,
  samplePartAccounts,
  sampleParts,
  sequenceParts,
  stateFiles,
} from '../contract/keys.ts'
import { declareStage } from '../contract/stage.ts'
import { taskRequestSchema } from '../contract/training.ts'

export const samples = declareStage({
  name: 'samples',
  request: taskRequestSchema,
  description: "Makes one shard of one day's samples",
  timeoutMinutes: 15,
  memoryMiB: 3008,
  readsScenes: true,
  reads: [
    runPlans,
    closedFiles,
    closingPlans,
    correctionFiles,
    counterFiles,
    stateFiles,
    deltaFiles,
    dropManifests,
    cleanEventFiles,
    cleanItemFiles,
    cleanUserFiles,
  ],
  // Without it, S3 reports a missing object as a denied one.
  lists: [stateFiles, deltaFiles, dropManifests],
  writes: [sampleParts, samplePartAccounts, pairParts, sequenceParts],
  cost: { invokedBy: 'shard', requestsGrowWith: 'runs', bytesGrowWith: 'events' },
})
