import {
  cleanEventFiles,
  cleanItemFiles,
  cleanServedFiles,
  cleanUserFiles,
  closedFiles,
  closingPlans,
  correctionFiles,
  counterFiles,
  deltaFiles,
  dropManifests,
  graphFiles,
  parityAccounts,
  spaceFiles,
  spaceUserFiles,
  stateFiles,
  versionRuns,
} from '../contract/keys.ts'
import { scheduledRequestSchema } from '../contract/requests.ts'
import { declareStage } from '../contract/stage.ts'

const inputs = [
  ...[cleanServedFiles, dropManifests, versionRuns],
  ...[counterFiles, stateFiles, deltaFiles, cleanItemFiles, cleanUserFiles, cleanEventFiles],
] as const

export const parity = declareStage({
  name: 'parity',
  request: scheduledRequestSchema,
  description: 'Compares the values that the reader served with those of samples',
  timeoutMinutes: 15,
  memoryMiB: 1769,
  readsScenes: true,
  reads: [
    ...inputs,
    closingPlans,
    closedFiles,
    correctionFiles,
    spaceFiles,
    spaceUserFiles,
    graphFiles,
  ],
  lists: [...inputs, graphFiles],
  writes: [parityAccounts],
  tables: { registry: ['read'] },
  metrics: {
    ParityValues: { of: 'scene', unit: 'Count' },
    /** Unequal values that are excused: something was applied only after they were served. */
    ParityLateValues: { of: 'scene', unit: 'Count' },
    /** Percent of values that equal the samples'. Absent where none was served. */
    ParityEqualShare: { of: 'scene', unit: 'Percent' },
    /** The same with late values as equal. */
    ParityExcusedShare: { of: 'scene', unit: 'Percent' },
  },
  cost: { invokedBy: 'schedule', requestsGrowWith: 'drops', bytesGrowWith: 'runs' },
})
