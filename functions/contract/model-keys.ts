import { ANY, family, under } from './family.ts'
import { SCENE } from './key-parts.ts'
import { trainingJobName } from './version-names.ts'

/** Keys of the models bucket; `keys.ts` answers them with all others. */

/** Everything of one model version, in the models bucket. */
export const sceneModelsPrefix = (scene: string): string => `models/${scene}/`
export const versionPrefix = (scene: string, version: string): string =>
  `${sceneModelsPrefix(scene)}${version}/`
/** The manifest of exact sample files; its SHA-256 is the version's manifest digest. */
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
/** An attempt's own: what made the one before fail may lie in its checkpoint. */
export const versionCheckpointPrefix = (scene: string, version: string, attempt = 1): string =>
  `${versionPrefix(scene, version)}checkpoints/${attempt === 1 ? '' : `a${attempt}/`}`
/** SageMaker puts `<job>/output/model.tar.gz` and `output.tar.gz` under this. */
export const versionJobsPrefix = (scene: string, version: string): string =>
  `${versionPrefix(scene, version)}jobs/`
export const jobOutputKey = (
  scene: string,
  version: string,
  archive: 'model' | 'output',
  jobName = trainingJobName(scene, version),
): string => `${versionJobsPrefix(scene, version)}${jobName}/output/${archive}.tar.gz`
export const versionModelKey = (scene: string, version: string): string =>
  `${versionPrefix(scene, version)}model.qmm`
export const versionEvaluationKey = (scene: string, version: string): string =>
  `${versionPrefix(scene, version)}evaluation.json`
const MODEL = new RegExp(`^models/${SCENE}/([a-z0-9-]+)/model\\.qmm$`)
export function parseVersionModelKey(key: string): { scene: string; version: string } | null {
  const m = MODEL.exec(key)
  return m ? { scene: m[1]!, version: m[2]! } : null
}
/** What only a served or growing model needs; null for what stays for good: manifest, run, scores. */
const COLLECTABLE = new RegExp(
  `^models/${SCENE}/([a-z0-9-]+)/(?:model\\.qmm$|jobs/.+|checkpoints/.+)`,
)
export function parseCollectableKey(key: string): { scene: string; version: string } | null {
  const m = COLLECTABLE.exec(key)
  return m ? { scene: m[1]!, version: m[2]! } : null
}

/** Registered page of a run, in the models bucket. */
export const reportKey = (scene: string): string => `reports/${scene}/report.html`

const keptIn = (pattern: string) => family('models', pattern, 'for good', 'no users')
const collectedIn = (pattern: string) => family('models', pattern, 'collected', 'no users')
export const versionManifests = keptIn(versionManifestKey(ANY, ANY))
export const versionRuns = keptIn(versionRunKey(ANY, ANY))
export const runChannels = keptIn(under(versionRunPrefix(ANY, ANY)))
export const samplesChannels = keptIn(versionSamplesChannelKey(ANY, ANY))
export const modelsChannels = keptIn(versionModelsChannelKey(ANY, ANY))
export const evaluations = keptIn(versionEvaluationKey(ANY, ANY))
export const reports = keptIn(reportKey(ANY))
export const checkpoints = collectedIn(under(versionCheckpointPrefix(ANY, ANY)))
export const modelFiles = collectedIn(versionModelKey(ANY, ANY))
export const modelArchives = collectedIn(jobOutputKey(ANY, ANY, 'model'))
/** Predictions among them, each with its user. */
export const outputArchives = family(
  'models',
  jobOutputKey(ANY, ANY, 'output'),
  'collected',
  'users',
)
export const jobFolders = family('models', under(versionJobsPrefix(ANY, ANY)), 'collected', 'users')
export const versionFiles = family('models', under(sceneModelsPrefix(ANY)), 'collected', 'users')

/** Names of training jobs: a pattern as those of keys. */
export const ALL_TRAINING_JOBS = { pattern: trainingJobName(ANY, ANY) }
