import {
  closedFiles,
  correctionFiles,
  counterFiles,
  findingFiles,
  runPlans,
  verdictFiles,
} from '../contract/keys.ts'
import { declareStage, named } from '../contract/stage.ts'
import { runStateSchema, taskRequestSchema } from '../contract/training.ts'

export const screen = declareStage({
  name: 'screen',
  request: taskRequestSchema,
  description: 'Runs every detector on one shard of the closed events of a window',
  timeoutMinutes: 15,
  // The most that a function can have: ten million events at 600 MB a million do not need all of it.
  memoryMiB: 10_240,
  readsScenes: true,
  reads: [runPlans, closedFiles],
  lists: [closedFiles],
  writes: [findingFiles],
  metrics: {
    EventsScreened: { of: 'scene', unit: 'Count' },
    Findings: { of: 'scene', unit: 'Count' },
  },
  cost: { invokedBy: 'shard', requestsGrowWith: 'runs', bytesGrowWith: 'events' },
})

export const verdicts = declareStage({
  name: 'verdicts',
  request: runStateSchema,
  description: 'Makes verdicts of findings, corrects counts and publishes the verdicts',
  timeoutMinutes: 15,
  memoryMiB: 3008,
  readsScenes: true,
  reads: [runPlans, closedFiles, findingFiles, verdictFiles, correctionFiles],
  lists: [closedFiles, verdictFiles, correctionFiles],
  writes: [verdictFiles, correctionFiles, counterFiles],
  tables: { registry: ['read'], online: ['write', 'write in batches'] },
  variables: {
    /** Digest of the code that runs the detectors. */
    DETECTORS_DIGEST: named,
  },
  metrics: {
    Verdicts: { of: 'scene', unit: 'Count' },
    /** Events that left all counts, and that came back. */
    EventsRemoved: { of: 'scene', unit: 'Count' },
    EventsRestored: { of: 'scene', unit: 'Count' },
  },
  cost: { invokedBy: 'run', requestsGrowWith: 'runs', bytesGrowWith: 'events' },
})
