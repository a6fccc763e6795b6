import {
  cleanEntitiesPrefix,
  cleanEventsKey,
  closedPrefix,
  closingAccountKey,
  closingAttemptKey,
  closingPlanKey,
  closingPlanPrefix,
  closingSealKey,
  closingSuccessorKey,
  countersPrefix,
  dropManifestPrefix,
  jobOutputKey,
  quarantinePrefix,
  rawPrefix,
  reportKey,
  runPlanKey,
  sampleManifestKey,
  samplePartAccountKey,
  samplePartKey,
  samplesPrefix,
  sceneModelsPrefix,
  trainingJobName,
  versionCheckpointPrefix,
  versionEvaluationKey,
  versionJobsPrefix,
  versionManifestKey,
  versionModelKey,
  versionModelsChannelKey,
  versionRunKey,
  versionRunPrefix,
  versionSamplesChannelKey,
} from '../functions/contract/keys.ts'

/** IAM patterns over families of keys, made by the contract's own key functions with `*` for a name. */

const ANY = '*'
const under = (prefix: string): string => `${prefix}*`
const beside = (key: string): string => under(key.slice(0, key.lastIndexOf('/') + 1))
/** The name of a file wherever it lies under a pattern, its digits open. */
const named = (pattern: string, key: string): string =>
  `${pattern}${key.slice(key.lastIndexOf('/')).replace(/\d+/g, ANY)}`
/** The folder of one scene's clean events. */
export function cleanEventsOf(scene: string): string {
  const key = cleanEventsKey({ scene, hourMs: 0, arrivalMs: 0, drop: ANY, part: 0 })
  return key.slice(0, key.indexOf('date='))
}

/** What stands before the first `*`: for filters that know prefixes only. */
export const prefixOf = (pattern: string): string => pattern.slice(0, pattern.indexOf('*'))

export const rawObjects = under(prefixOf(rawPrefix(ANY, 'events')))
export const quarantined = under(quarantinePrefix(ANY))
export const cleanEventFiles = under(cleanEventsOf(ANY))
export const cleanItemFiles = under(cleanEntitiesPrefix(ANY, 'items'))
export const cleanUserFiles = under(cleanEntitiesPrefix(ANY, 'users'))
export const cleanDocumentFiles = under(cleanEntitiesPrefix(ANY, 'documents'))
export const dropManifests = under(dropManifestPrefix(ANY))
export const closings = under(closingPlanPrefix(ANY))
export const closingPlans = named(closings, closingPlanKey(ANY, 0))
export const closingSuccessors = named(closings, closingSuccessorKey(ANY, 0))
export const closingSeals = named(closings, closingSealKey(ANY, 0))
export const closingAccounts = named(closings, closingAccountKey(ANY, 0, 0))
export const closingAttempts = named(
  closings,
  closingAttemptKey(ANY, 0, { closedThroughMs: 0, piece: 0 }),
)
export const runPlans = beside(runPlanKey(ANY, ANY, 0))
export const closedFiles = under(closedPrefix(ANY))
export const counterFiles = under(countersPrefix(ANY))
export const sampleFiles = under(samplesPrefix(ANY))
const sampleSet = { scene: ANY, fromMs: 0, inputsDigest: ANY }
export const sampleParts = named(sampleFiles, samplePartKey({ ...sampleSet, shard: 0 }))
export const samplePartAccounts = named(
  sampleFiles,
  samplePartAccountKey({ ...sampleSet, shard: 0 }),
)
export const sampleManifests = named(sampleFiles, sampleManifestKey(sampleSet))
export const reports = reportKey(ANY)

export const versionManifests = versionManifestKey(ANY, ANY)
export const versionRuns = versionRunKey(ANY, ANY)
export const runChannels = under(versionRunPrefix(ANY, ANY))
export const samplesChannels = versionSamplesChannelKey(ANY, ANY)
export const modelsChannels = versionModelsChannelKey(ANY, ANY)
export const checkpoints = under(versionCheckpointPrefix(ANY, ANY))
export const jobFolders = under(versionJobsPrefix(ANY, ANY))
export const modelArchives = jobOutputKey(ANY, ANY, 'model')
export const outputArchives = jobOutputKey(ANY, ANY, 'output')
export const modelFiles = versionModelKey(ANY, ANY)
export const evaluations = versionEvaluationKey(ANY, ANY)
export const versionFiles = under(sceneModelsPrefix(ANY))

export const trainingJobs = trainingJobName(ANY, ANY)
