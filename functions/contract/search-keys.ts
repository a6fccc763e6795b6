import { ANY, family, under } from './family.ts'
import { padPart, SCENE } from './key-parts.ts'
import type { SegmentName } from './search-index.ts'
import { ms } from './time.ts'

/** Keys of search indexes, most of them in the models bucket. `keys.ts` exports them with all other keys. */

/** Everything of one scene's indexes. */
export const sceneSearchPrefix = (scene: string): string => `search/${scene}/`
/** One generation. Its objects never change: names are digests, and a snapshot's number is taken once. */
export const searchGenerationPrefix = (scene: string, generation: string): string =>
  `${sceneSearchPrefix(scene)}${generation}/`
/** What the generation means: the definition and the versions of analysis and layout. */
export const searchDefinitionKey = (scene: string, generation: string): string =>
  `${searchGenerationPrefix(scene, generation)}definition.json`
export const searchSegmentKey = (
  scene: string,
  generation: string,
  digest: string,
  part: 'index' | 'documents' | 'pages',
): string => `${searchGenerationPrefix(scene, generation)}segments/${digest}.${part}`
/** The documents of a segment that newer statements replaced. */
export const searchDeletionsKey = (scene: string, generation: string, digest: string): string =>
  `${searchGenerationPrefix(scene, generation)}deletions/${digest}.bits`
export const searchSnapshotKey = (
  scene: string,
  generation: string,
  n: number,
  digest: string,
): string => `${searchGenerationPrefix(scene, generation)}snapshots/${padPart(n)}-${digest}.json`
/** Documents of a drop that OpenSearch refused, with its reasons. Their statements stay in the lake. */
export const searchRefusedKey = (scene: string, generation: string, drop: string): string =>
  `${searchGenerationPrefix(scene, generation)}refused/${drop}.json`
/** What the gate found when it compared a new generation with the served one. */
export const searchComparisonKey = (scene: string, generation: string): string =>
  `${searchGenerationPrefix(scene, generation)}comparison.json`

/** A full build that is cut into parts. The digests are those of the parts' lists of files. */
const buildPrefix = (scene: string, generation: string): string =>
  `${searchGenerationPrefix(scene, generation)}build/`
export const searchPlanKey = (scene: string, generation: string): string =>
  `${buildPrefix(scene, generation)}plan.json`
/** The files of a part; the newest versions that it found in them; last, its segments. */
export const searchPartKey = (
  scene: string,
  generation: string,
  digest: string,
  what: 'files.json' | 'versions.parquet' | 'segments.json',
): string => `${buildPrefix(scene, generation)}${digest}-${what}`

/** The latent space of a generation's documents, as of a day. */
export const searchLatentPrefix = (scene: string, generation: string): string =>
  `${searchGenerationPrefix(scene, generation)}latent/`
export const searchLatentKey = (scene: string, generation: string, digest: string): string =>
  `${searchLatentPrefix(scene, generation)}${digest}.qml`

/** The rebuild deletes those of generations that it retires. */
export const searchFiles = family('models', under(sceneSearchPrefix(ANY)), 'collected', 'no users')

const GENERATION = new RegExp(`^search/${SCENE}/([0-9a-f]{8}-\\d{13})/`)
/** The scene and generation of a key; null for a key of another family. */
export function parseSearchKey(key: string): { scene: string; generation: string } | null {
  const m = GENERATION.exec(key)
  return m ? { scene: m[1]!, generation: m[2]! } : null
}

const PAGES = /segments\/([0-9a-f]{32})\.pages$/
/** The segment whose pages a key of `searchFiles` names; null for another object. */
export function parseSearchPagesKey(key: string): SegmentName | null {
  const digest = PAGES.exec(key)?.[1]
  const named = parseSearchKey(key)
  return named && digest !== undefined ? { ...named, digest } : null
}

/** The report of what was asked for, by the time of its making. */
export const searchQueriesPrefix = (scene: string): string => `search-queries/${scene}/`
export const searchQueriesKey = (scene: string, madeMs: number): string =>
  `${searchQueriesPrefix(scene)}${ms(madeMs)}.json`
export const searchQueryFiles = family(
  'lake',
  under(searchQueriesPrefix(ANY)),
  'lakeRetentionDays',
  'no users',
)
