import {
  cleanItemFiles,
  cleanUserFiles,
  closedFiles,
  counterFiles,
  pairParts,
  runPlans,
  samplePartAccounts,
  sampleParts,
  sequenceParts,
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
  reads: [runPlans, closedFiles, counterFiles, cleanItemFiles, cleanUserFiles],
  writes: [sampleParts, samplePartAccounts, pairParts, sequenceParts],
  cost: { invokedBy: 'shard', requestsGrowWith: 'runs', bytesGrowWith: 'events' },
})
