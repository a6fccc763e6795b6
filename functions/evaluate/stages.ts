import {
  evaluations,
  jobFolders,
  modelArchives,
  modelFiles,
  outputArchives,
} from '../contract/keys.ts'
import { declareStage } from '../contract/stage.ts'
import { jobEventSchema } from '../contract/training.ts'
import { DECISION_METRICS } from '../registry/measured-decisions.ts'

export const evaluate = declareStage({
  name: 'evaluate',
  request: jobEventSchema,
  description: 'Judges a training job that has ended',
  timeoutMinutes: 15,
  memoryMiB: 3008,
  readsScenes: true,
  reads: [modelArchives, outputArchives, evaluations],
  lists: [jobFolders, evaluations],
  writes: [modelFiles, evaluations],
  tables: { registry: ['read', 'write'] },
  metrics: {
    ...DECISION_METRICS,
    VersionsAccepted: { of: 'tier', unit: 'Count' },
    VersionsRefused: { of: 'tier', unit: 'Count' },
    VersionsRelapsed: { of: 'tier', unit: 'Count' },
    VersionsFailed: { of: 'tier', unit: 'Count' },
  },
  cost: { invokedBy: 'run', requestsGrowWith: 'runs', bytesGrowWith: 'runs' },
})
