import {
  checkpoints,
  cleanItemFiles,
  cleanUserFiles,
  evaluations,
  graphFiles,
  jobFolders,
  modelFiles,
  sampleManifests,
  searchFiles,
  spaceFiles,
  spaceUserFiles,
  verdictFiles,
  versionFiles,
  versionManifests,
} from '../contract/keys.ts'
import { parityAccounts } from '../contract/parity-keys.ts'
import * as requests from '../contract/requests.ts'
import { declareStage, named } from '../contract/stage.ts'
import { DECISION_METRICS } from '../registry/measured-decisions.ts'

const published = [cleanItemFiles, cleanUserFiles] as const
const tables = { registry: ['read', 'write'] } as const

export const release = declareStage({
  name: 'release',
  request: requests.releaseRequestSchema,
  description: 'Publishes an accepted version and flips to it',
  timeoutMinutes: 15,
  memoryMiB: 1769,
  readsScenes: true,
  reads: [...published, modelFiles, searchFiles, spaceFiles, graphFiles],
  lists: published,
  tables: { ...tables, online: ['read', 'read in batches', 'update', 'write in batches'] },
  metrics: DECISION_METRICS,
  cost: { invokedBy: 'run', requestsGrowWith: 'runs', bytesGrowWith: 'runs' },
})

/** An operator's verb: `npm run <name>`. */
const verb = {
  timeoutMinutes: 5,
  memoryMiB: 512,
  readsScenes: true,
  metrics: DECISION_METRICS,
  cost: { invokedBy: 'person', requestsGrowWith: 'drops', bytesGrowWith: 'runs' },
} as const
const explained = [evaluations, versionManifests] as const

export const lineage = declareStage({
  ...verb,
  name: 'lineage',
  request: requests.lineageRequestSchema,
  description: 'Shows the lineage of a version: {scene, version?, limit?}',
  tables: { registry: ['read'] },
})
export const explain = declareStage({
  ...verb,
  name: 'explain',
  request: requests.explainRequestSchema,
  description: 'Explains a release: {scene, sequence?}',
  reads: explained,
  lists: explained,
  tables: { registry: ['read'] },
})
export const features = declareStage({
  ...verb,
  name: 'features',
  request: requests.featuresRequestSchema,
  description: 'Lists the features of a scene: {scene, requestedTime}',
  // A model is decoded whole.
  memoryMiB: 1769,
  reads: [modelFiles, parityAccounts],
  lists: [modelFiles, parityAccounts],
  tables: { registry: ['read'], online: ['read'] },
})
export const promote = declareStage({
  ...verb,
  name: 'promote',
  request: requests.promoteRequestSchema,
  description: 'Serves a version to all users: {scene, version?, reason, requestedTime}',
  reads: [modelFiles],
  lists: [modelFiles],
  tables,
})
export const rollback = declareStage({
  ...verb,
  name: 'rollback',
  request: requests.rollbackRequestSchema,
  description: 'Serves an earlier release: {scene, reason, requestedTime, to?, canary?}',
  tables,
})
export const freeze = declareStage({
  ...verb,
  name: 'freeze',
  request: requests.holdRequestSchema,
  description: 'Stops a tier or chain: {scene, subject, reason, requestedTime}',
  tables,
})
export const thaw = declareStage({
  ...verb,
  name: 'thaw',
  request: requests.holdRequestSchema,
  description: 'Lets a tier or chain run again: {scene, subject, reason, requestedTime}',
  tables,
})
const manifests = [sampleManifests, versionManifests] as const
/** ARN of the state machine of runs: a run is one execution. */
const runFlow = { RUN_FLOW: named }
export const exclude = declareStage({
  ...verb,
  name: 'exclude',
  request: requests.excludeRequestSchema,
  description: 'Excludes an interval from training: {scene, from, through, reason, requestedTime}',
  reads: manifests,
  lists: manifests,
  tables,
  variables: runFlow,
})
export const excludeCheats = declareStage({
  ...verb,
  name: 'exclude-cheats',
  request: requests.scheduledRequestSchema,
  description: 'Excludes served hours of which verdicts took too much, and regrows their chain',
  reads: [...manifests, verdictFiles],
  lists: [...manifests, verdictFiles],
  tables,
  variables: runFlow,
  cost: { invokedBy: 'schedule', requestsGrowWith: 'runs', bytesGrowWith: 'runs' },
})
/** Both write a statement, and the newest verdicts with it. */
const statementVerb = {
  ...verb,
  // All verdicts are judged again.
  memoryMiB: 1769,
  request: requests.statementRequestSchema,
  reads: [verdictFiles],
  lists: [verdictFiles],
  writes: [verdictFiles],
  tables: { ...tables, online: ['write', 'write in batches'] },
} as const
export const flag = declareStage({
  ...statementVerb,
  name: 'flag',
  description:
    'Excludes a user or an item: {scene, user?, item?, from?, through?, until?, reason, requestedTime}',
})
export const clear = declareStage({
  ...statementVerb,
  name: 'clear',
  description:
    'Overrides detectors: {scene, user?, item?, from?, through?, until?, reason, requestedTime}',
})
export const forget = declareStage({
  ...verb,
  name: 'forget',
  request: requests.forgetRequestSchema,
  description: 'Takes a user out of the space: {scene, user, reason, requestedTime}',
  timeoutMinutes: 15,
  // A table of users is decoded whole: 1 GB for a million users of 64 dimensions.
  memoryMiB: 3008,
  reads: [verdictFiles, spaceUserFiles],
  lists: [verdictFiles, spaceUserFiles],
  writes: [verdictFiles, spaceUserFiles],
  tables: { ...tables, online: ['read', 'write', 'write in batches'] },
})
export const run = declareStage({
  ...verb,
  name: 'run',
  request: requests.startRunRequestSchema,
  description: 'Starts a run of a tier now: {scene, tier, requestedTime}',
  variables: runFlow,
})

export const collect = declareStage({
  name: 'collect',
  request: requests.scheduledRequestSchema,
  description: 'Deletes models that no release or run needs any more',
  timeoutMinutes: 15,
  memoryMiB: 1024,
  readsScenes: false,
  lists: [versionFiles],
  deletes: [modelFiles, jobFolders, checkpoints],
  tables,
  cost: { invokedBy: 'schedule', requestsGrowWith: 'drops', bytesGrowWith: 'runs' },
})
