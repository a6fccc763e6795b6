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
  runPlans,
  stateFiles,
} from '../contract/keys.ts'
import { declareStage, named } from '../contract/stage.ts'
import { runStateSchema, taskRequestSchema } from '../contract/training.ts'

export const nearLine = declareStage({
  name: 'near-line',
  description: 'Writes what a drop changes in the online values',
  timeoutMinutes: 15,
  memoryMiB: 1769, // one whole processor
  readsScenes: true,
  reads: [dropManifests, cleanEventFiles, cleanItemFiles, cleanUserFiles],
  // Without it, S3 reports a missing object as a denied one.
  lists: [dropManifests, cleanEventFiles, cleanItemFiles, cleanUserFiles],
  writes: [deltaFiles],
  tables: { online: ['read', 'read in batches', 'update', 'write in batches'] },
  variables: {
    /** URL of the queue for drops that no retry can write. */
    FAILED_VALUES: named,
  },
  metrics: {
    /** From a drop's arrival until its values are written. */
    NearLineDelay: { of: 'scene', unit: 'Seconds' },
    NearLineRows: { of: 'scene', unit: 'Count' },
  },
  cost: { invokedBy: 'drop', requestsGrowWith: 'drops', bytesGrowWith: 'events' },
})

export const states = declareStage({
  name: 'states',
  request: taskRequestSchema,
  description: 'Makes the states of closed events for one task of a closing',
  timeoutMinutes: 15,
  memoryMiB: 3008,
  readsScenes: false,
  reads: [runPlans, closingPlans, closedFiles, correctionFiles, cleanItemFiles, cleanUserFiles],
  lists: [cleanItemFiles, cleanUserFiles],
  writes: [stateFiles],
  cost: { invokedBy: 'shard', requestsGrowWith: 'runs', bytesGrowWith: 'events' },
})

export const fold = declareStage({
  name: 'fold',
  request: taskRequestSchema,
  description: 'Folds a closing into one shard of the online values',
  timeoutMinutes: 15,
  memoryMiB: 3008,
  readsScenes: true,
  reads: [runPlans, closingPlans, counterFiles, stateFiles, dropManifests, cleanEventFiles],
  lists: [counterFiles, stateFiles, dropManifests, cleanEventFiles],
  tables: { online: ['read', 'read in batches', 'update'] },
  metrics: { RowsFolded: { of: 'scene', unit: 'Count' } },
  cost: { invokedBy: 'shard', requestsGrowWith: 'drops', bytesGrowWith: 'events' },
})

export const advance = declareStage({
  name: 'advance',
  request: runStateSchema,
  description: 'Moves the mark of the online values when every shard is folded',
  timeoutMinutes: 1,
  memoryMiB: 512,
  readsScenes: true,
  reads: [runPlans],
  tables: { registry: ['read'], online: ['read', 'write'] },
  cost: { invokedBy: 'run', requestsGrowWith: 'runs', bytesGrowWith: 'runs' },
})
