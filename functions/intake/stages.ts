import {
  cleanDocumentFiles,
  cleanEventFiles,
  cleanItemFiles,
  cleanServedFiles,
  cleanUserFiles,
  dropManifests,
  quarantined,
  rawObjects,
  usedSignatures,
} from '../contract/keys.ts'
import { declareStage, named } from '../contract/stage.ts'
import { INTAKE_TIMEOUT_MINUTES } from '../contract/time.ts'

export const intake = declareStage({
  name: 'intake',
  description: 'Reads a drop into the clean lake, what is wrong with it into quarantine',
  timeoutMinutes: INTAKE_TIMEOUT_MINUTES,
  memoryMiB: 1769, // one whole processor
  readsScenes: true,
  readsVersions: [rawObjects],
  // An event without a version is read by its key.
  reads: [rawObjects, dropManifests, usedSignatures],
  lists: [rawObjects, dropManifests, usedSignatures],
  writes: [
    quarantined,
    cleanEventFiles,
    cleanItemFiles,
    cleanUserFiles,
    cleanDocumentFiles,
    cleanServedFiles,
    usedSignatures,
    dropManifests,
  ],
  variables: {
    IDENTITY_SECRET: named,
    /** The keys by which producers sign their drops. */
    PRODUCERS_SECRET: named,
    /** URL of the queue for drops that no retry can fix. */
    FAILED_DROPS: named,
    /** Bounds the heap, so that the function stays within its memory for any object. */
    NODE_OPTIONS: named,
  },
  metrics: {
    RecordsAccepted: { of: 'scene', unit: 'Count' },
    RecordsQuarantined: { of: 'scene', unit: 'Count' },
    /** Drops that were refused, with nothing read. */
    DropsRefused: { of: 'scene', unit: 'Count' },
  },
  cost: { invokedBy: 'drop', requestsGrowWith: 'drops', bytesGrowWith: 'events' },
})
