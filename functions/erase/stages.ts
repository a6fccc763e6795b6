import { wholeLake, wholeModels } from '../contract/erase.ts'
import { outputArchives, preferenceManifests } from '../contract/keys.ts'
import { eraseRequestSchema } from '../contract/requests.ts'
import { declareStage, named } from '../contract/stage.ts'
import { OWN_STEPS, REWRITTEN } from './holdings.ts'

const rewritten = Object.values(REWRITTEN)

/** An operator's verb: `npm run erase`. */
export const erase = declareStage({
  name: 'erase',
  request: eraseRequestSchema,
  description: 'Removes a person from all data: {scene?, user or hash, reason, requestedTime}',
  timeoutMinutes: 15,
  // The largest object is in memory with its rows, as where it was made.
  memoryMiB: 5120,
  readsScenes: true,
  reads: [wholeLake, wholeModels],
  lists: [wholeLake, wholeModels],
  writes: [
    ...rewritten,
    OWN_STEPS.verdicts,
    OWN_STEPS.samples,
    OWN_STEPS.preferences,
    OWN_STEPS.spaces,
    OWN_STEPS.evaluations,
    preferenceManifests,
  ],
  deletes: [OWN_STEPS['trainer-data'], outputArchives, OWN_STEPS['space-training']],
  tables: {
    registry: ['read', 'scan', 'write', 'write in batches'],
    online: ['read', 'scan', 'write', 'update', 'write in batches'],
  },
  variables: {
    IDENTITY_SECRET: named,
    RAW_RETENTION_DAYS: named,
    QUARANTINE_RETENTION_DAYS: named,
  },
  metrics: {
    /** Rows and objects that a scan found after an erasure. */
    ErasureLeftovers: { of: 'scene', unit: 'Count' },
  },
  cost: { invokedBy: 'person', requestsGrowWith: 'drops', bytesGrowWith: 'events' },
})
