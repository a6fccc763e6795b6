import {
  cleanEventFiles,
  closedFiles,
  closingAccounts,
  closingAttempts,
  counterFiles,
  runPlans,
} from '../contract/keys.ts'
import { declareStage } from '../contract/stage.ts'
import { taskRequestSchema } from '../contract/training.ts'

export const close = declareStage({
  name: 'close',
  request: taskRequestSchema,
  description: 'Closes one shard of the hours whose lateness has passed',
  timeoutMinutes: 15,
  memoryMiB: 3008,
  readsScenes: false,
  reads: [runPlans, cleanEventFiles, closedFiles],
  writes: [closedFiles, counterFiles, closingAccounts, closingAttempts],
  metrics: {
    EventsKept: { of: 'scene', unit: 'Count' },
    EventsDuplicate: { of: 'scene', unit: 'Count' },
    EventsExcluded: { of: 'scene', unit: 'Count' },
    /** Hours, or shards of hours, of which nothing was kept. */
    HoursExcluded: { of: 'scene', unit: 'Count' },
  },
  cost: { invokedBy: 'shard', requestsGrowWith: 'drops', bytesGrowWith: 'events' },
})
