import { ANY, family, under } from './family.ts'
import { SCENE } from './key-parts.ts'
import { trainingJobName } from './version-names.ts'

/** Keys of the models bucket. `keys.ts` exports them with all other keys. */

/** Everything of one scene's model versions, in the models bucket. */
export const sceneModelsPrefix = (scene: string): string => `models/${scene}/`
export const versionPrefix = (scene: string, version: string): string =>
  `${sceneModelsPrefix(scene)}${version}/`
/** The manifest of the exact sample files. Its SHA-256 is the version's manifest digest. */
export const versionManifestKey = (scene: string, version: string): string =>
  `${versionPrefix(scene, version)}manifest.json`
/** The whole prefix is the container's `run` channel. */
export const versionRunPrefix = (scene: string, version: string): string =>
  `${versionPrefix(scene, version)}run/`
export const versionRunKey = (scene: string, version: string): string =>
  `${versionRunPrefix(scene, version)}run.json`
export const versionSamplesChannelKey = (scene: string, version: string): string =>
  `${versionPrefix(scene, version)}samples.manifest`
export const versionModelsChannelKey = (scene: string, version: string): string =>
  `${versionPrefix(scene, version)}models.manifest`
/**
 * Each attempt has checkpoints of its own: the checkpoint of a failed attempt may be the cause of
 * its failure.
 */
export const versionCheckpointPrefix = (scene: string, version: string, attempt = 1): string =>
  `${versionPrefix(scene, version)}checkpoints/${attempt === 1 ? '' : `a${attempt}/`}`
/** SageMaker writes `<job>/output/model.tar.gz` and `output.tar.gz` under this prefix. */
export const versionJobsPrefix = (scene: string, version: string): string =>
  `${versionPrefix(scene, version)}jobs/`
export const jobOutputKey = (
  scene: string,
  version: string,
  archive: 'model' | 'output',
  jobName = trainingJobName(scene, version),
): string => `${versionJobsPrefix(scene, version)}${jobName}/output/${archive}.tar.gz`
const JOB_OUTPUT = new RegExp(
  `^models/${SCENE}/([a-z0-9-]+)/jobs/([^/]+)/output/output\\.tar\\.gz$`,
)
/** The archive with the results and predictions of a job. */
export function parseJobOutputKey(
  key: string,
): { scene: string; version: string; jobName: string } | null {
  const m = JOB_OUTPUT.exec(key)
  return m ? { scene: m[1]!, version: m[2]!, jobName: m[3]! } : null
}
export const versionModelKey = (scene: string, version: string): string =>
  `${versionPrefix(scene, version)}model.qmm`
export const versionEvaluationKey = (scene: string, version: string): string =>
  `${versionPrefix(scene, version)}evaluation.json`
const EVALUATION = new RegExp(`^models/${SCENE}/([a-z0-9-]+)/evaluation\\.json$`)
export function parseEvaluationKey(key: string): { scene: string; version: string } | null {
  const m = EVALUATION.exec(key)
  return m ? { scene: m[1]!, version: m[2]! } : null
}
const MODEL = new RegExp(`^models/${SCENE}/([a-z0-9-]+)/model\\.qmm$`)
export function parseVersionModelKey(key: string): { scene: string; version: string } | null {
  const m = MODEL.exec(key)
  return m ? { scene: m[1]!, version: m[2]! } : null
}
/**
 * Matches files that only a served or growing model needs. Manifest, run and scores are kept for
 * good: null.
 */
const COLLECTABLE = new RegExp(
  `^models/${SCENE}/([a-z0-9-]+)/(?:model\\.qmm$|jobs/.+|checkpoints/.+)`,
)
export function parseCollectableKey(key: string): { scene: string; version: string } | null {
  const m = COLLECTABLE.exec(key)
  return m ? { scene: m[1]!, version: m[2]! } : null
}

/** The report page of a scene, in the models bucket. */
export const reportKey = (scene: string): string => `reports/${scene}/report.html`

const keptIn = (pattern: string) => family('models', pattern, 'for good', 'no users')
const collectedIn = (pattern: string) => family('models', pattern, 'collected', 'no users')
export const versionManifests = keptIn(versionManifestKey(ANY, ANY))
export const versionRuns = keptIn(versionRunKey(ANY, ANY))
export const runChannels = keptIn(under(versionRunPrefix(ANY, ANY)))
export const samplesChannels = keptIn(versionSamplesChannelKey(ANY, ANY))
export const modelsChannels = keptIn(versionModelsChannelKey(ANY, ANY))
/** Losses are summed by user, so that a longer interval can be compared by users again. */
export const evaluations = family('models', versionEvaluationKey(ANY, ANY), 'for good', 'users')
export const reports = keptIn(reportKey(ANY))
export const checkpoints = collectedIn(under(versionCheckpointPrefix(ANY, ANY)))
export const modelFiles = collectedIn(versionModelKey(ANY, ANY))
export const modelArchives = collectedIn(jobOutputKey(ANY, ANY, 'model'))
/** These archives hold predictions, each with its user. */
export const outputArchives = family(
  'models',
  jobOutputKey(ANY, ANY, 'output'),
  'collected',
  'users',
)
export const jobFolders = family('models', under(versionJobsPrefix(ANY, ANY)), 'collected', 'users')
export const versionFiles = family('models', under(sceneModelsPrefix(ANY)), 'collected', 'users')

/** A pattern for the names of training jobs, in the form of key patterns. */
export const ALL_TRAINING_JOBS = { pattern: trainingJobName(ANY, ANY) }
