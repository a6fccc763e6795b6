import { ANY, family, under } from './family.ts'
import { SCENE } from './key-parts.ts'
import type { SpaceKind } from './space.ts'
import { ms } from './time.ts'

/** Keys of embeddings, most of them in the models bucket. `keys.ts` exports them with all other keys. */

/** Everything of one scene's spaces. */
export const sceneEmbeddingsPrefix = (scene: string): string => `embeddings/${scene}/`
/** One generation. Its objects never change. */
export const spacePrefix = (scene: string, generation: string): string =>
  `${sceneEmbeddingsPrefix(scene)}${generation}/`
export const spaceKey = (
  scene: string,
  generation: string,
  kind: Exclude<SpaceKind, 'users'>,
): string => `${spacePrefix(scene, generation)}${kind}.qms`
/** What it is, with the digests of its objects. Written last: without it a generation is not there. */
export const spaceManifestKey = (scene: string, generation: string): string =>
  `${spacePrefix(scene, generation)}generation.json`
/** What the gate found: figures, the chosen lists, the reason. */
export const spaceComparisonKey = (scene: string, generation: string): string =>
  `${spacePrefix(scene, generation)}comparison.json`
/** The vector index: `in` finds items like an item, `out` finds items for a user. */
export const vectorIndexKey = (scene: string, generation: string, side: 'in' | 'out'): string =>
  `${spacePrefix(scene, generation)}${side}.qmv`
/** Items that are new since the generation was trained, as of a closing. Each has all of them. */
export const placedItemsKey = (
  scene: string,
  generation: string,
  closedThroughMs: number,
): string => `${spacePrefix(scene, generation)}placed/${ms(closedThroughMs)}.qms`

/** Deleted with the generation. */
export const spaceFiles = family(
  'models',
  under(sceneEmbeddingsPrefix(ANY)),
  'collected',
  'no users',
)

/** Objects with users' vectors lie apart, so that a family says which those are. */
export const sceneSpaceUsersPrefix = (scene: string): string => `space-users/${scene}/`
export const spaceUsersPrefix = (scene: string, generation: string): string =>
  `${sceneSpaceUsersPrefix(scene)}${generation}/`
export const spaceUsersKey = (scene: string, generation: string): string =>
  `${spaceUsersPrefix(scene, generation)}users.qms`
/** Users that were placed, or placed again, by a closing. */
export const placedUsersKey = (
  scene: string,
  generation: string,
  closedThroughMs: number,
): string => `${spaceUsersPrefix(scene, generation)}placed/${ms(closedThroughMs)}.qms`
export const spaceUserFiles = family(
  'models',
  under(sceneSpaceUsersPrefix(ANY)),
  'collected',
  'users',
)

/** What a training job reads and writes for one generation. Deleted once the generation is judged. */
export const sceneSpaceTrainingPrefix = (scene: string): string => `space-training/${scene}/`
export const spaceTrainingPrefix = (scene: string, generation: string): string =>
  `${sceneSpaceTrainingPrefix(scene)}${generation}/`
/** The whole prefix is the container's `run` channel. */
export const spaceRunPrefix = (scene: string, generation: string): string =>
  `${spaceTrainingPrefix(scene, generation)}input/`
export const spaceRunKey = (scene: string, generation: string): string =>
  `${spaceRunPrefix(scene, generation)}run.json`
/** `all`: of the whole window. `held-out`: without each user's last event. Nodes are users, too. */
export const spaceGraphKey = (
  scene: string,
  generation: string,
  part: 'all' | 'held-out',
): string => `${spaceRunPrefix(scene, generation)}${part}.qmg`
export const spaceCheckpointPrefix = (scene: string, generation: string): string =>
  `${spaceTrainingPrefix(scene, generation)}checkpoints/`
/** SageMaker writes `<job>/output/model.tar.gz` under this prefix. */
export const spaceJobsPrefix = (scene: string, generation: string): string =>
  `${spaceTrainingPrefix(scene, generation)}jobs/`
export const spaceJobOutputKey = (scene: string, generation: string, jobName: string): string =>
  `${spaceJobsPrefix(scene, generation)}${jobName}/output/model.tar.gz`
const trainingIn = (pattern: string) => family('models', pattern, 'collected', 'users')
export const spaceRunChannels = trainingIn(under(spaceRunPrefix(ANY, ANY)))
export const spaceCheckpoints = trainingIn(under(spaceCheckpointPrefix(ANY, ANY)))
export const spaceJobFolders = trainingIn(under(spaceJobsPrefix(ANY, ANY)))
/** All of these, to list them. */
export const spaceTrainings = trainingIn(under(sceneSpaceTrainingPrefix(ANY)))

/** The name of a job: at most 63 characters, and never used twice in an account. */
export const spaceJobName = (scene: string, generation: string, attempt = 1): string =>
  `qme-${scene}-${generation}${attempt === 1 ? '' : `-a${attempt}`}`
const JOB = /^qme-([a-z][a-z0-9-]{0,23})-([0-9a-f]{8}-\d{13})(?:-a([2-9]|[1-9]\d{1,3}))?$/
export function parseSpaceJobName(
  job: string,
): { scene: string; generation: string; attempt: number } | null {
  const m = JOB.exec(job)
  return m ? { scene: m[1]!, generation: m[2]!, attempt: Number(m[3] ?? 1) } : null
}
export const ALL_SPACE_JOBS = { pattern: spaceJobName(ANY, ANY) }

const GENERATION = new RegExp(
  `^(?:embeddings|space-users|space-training)/${SCENE}/([0-9a-f]{8}-\\d{13})/`,
)
/** The scene and generation of a key; null for a key of another family. */
export function parseSpaceKey(key: string): { scene: string; generation: string } | null {
  const m = GENERATION.exec(key)
  return m ? { scene: m[1]!, generation: m[2]! } : null
}
const PLACED = new RegExp(
  `^(?:embeddings|space-users)/${SCENE}/([0-9a-f]{8}-\\d{13})/placed/(\\d{13})\\.qms$`,
)
export function parsePlacedKey(
  key: string,
): { scene: string; generation: string; closedThroughMs: number } | null {
  const m = PLACED.exec(key)
  return m ? { scene: m[1]!, generation: m[2]!, closedThroughMs: Number(m[3]) } : null
}
