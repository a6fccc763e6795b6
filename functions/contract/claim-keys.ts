import { ANY, family, under } from './family.ts'
import { DATE, DIGEST, padPart, SCENE } from './key-parts.ts'
import { dateOf, ms } from './time.ts'

/** Keys of claims in the lake, and of the folded graph in the models bucket. */

export const CLAIM_MAKERS = [
  'catalogue',
  'behaviour',
  'documents',
  'language-model',
  'resolution',
] as const
export type ClaimMaker = (typeof CLAIM_MAKERS)[number]
const MAKER = `(${CLAIM_MAKERS.join('|')})`

/** One file of claims: who made it, from what, and when that was there. */
export interface ClaimsName {
  scene: string
  maker: ClaimMaker
  /** The drop's arrival, or the closing. */
  madeMs: number
  /** First 32 hex digits of the SHA-256 of its inputs. */
  digest: string
}
const nameOf = ({ madeMs, digest }: ClaimsName): string =>
  `date=${dateOf(madeMs)}/${ms(madeMs)}-${digest}`

export const claimsPrefix = (scene: string): string => `claims/${scene}/`
export const claimFiles = family('lake', under(claimsPrefix(ANY)), 'for good', 'no users')
export const claimsKey = (name: ClaimsName): string =>
  `${claimsPrefix(name.scene)}${name.maker}/${nameOf(name)}.parquet`
const CLAIMS = new RegExp(`^claims/${SCENE}/${MAKER}/date=${DATE}/(\\d{13})-${DIGEST}\\.parquet$`)
export const parseClaimsKey = (key: string): ClaimsName | null => parsed(CLAIMS.exec(key))

/** Written last: claims count only once their manifest exists. */
export const claimManifestPrefix = (scene: string): string => `manifests/${scene}/claims/`
export const claimManifests = family(
  'lake',
  under(claimManifestPrefix(ANY)),
  'for good',
  'no users',
)
export const claimManifestKey = (name: ClaimsName): string =>
  `${claimManifestPrefix(name.scene)}${name.maker}/${nameOf(name)}.json`
const MANIFEST = new RegExp(
  `^manifests/${SCENE}/claims/${MAKER}/date=${DATE}/(\\d{13})-${DIGEST}\\.json$`,
)
export const parseClaimManifestKey = (key: string): ClaimsName | null => parsed(MANIFEST.exec(key))

function parsed(match: RegExpExecArray | null): ClaimsName | null {
  if (!match) return null
  const [, scene, maker, date, madeMs, digest] = match as unknown as [string, ...string[]]
  const name = {
    scene: scene!,
    maker: maker as ClaimMaker,
    madeMs: Number(madeMs),
    digest: digest!,
  }
  return dateOf(name.madeMs) === date ? name : null
}

/** Answers of a language model, by the digest of the question. */
export const modelAnswerPrefix = (scene: string): string => `model-answers/${scene}/`
export const modelAnswers = family(
  'lake',
  under(modelAnswerPrefix(ANY)),
  'lakeRetentionDays',
  'no users',
)
export const modelAnswerKey = (scene: string, digest: string): string =>
  `${modelAnswerPrefix(scene)}${digest}.json`
const ANSWER = new RegExp(`^model-answers/${SCENE}/${DIGEST}\\.json$`)
export function parseModelAnswerKey(key: string): { scene: string; digest: string } | null {
  const m = ANSWER.exec(key)
  return m && { scene: m[1]!, digest: m[2]! }
}

/** Everything of one scene's graphs. */
export const sceneGraphPrefix = (scene: string): string => `graph/${scene}/`
/** One generation. Its objects never change: their names are digests, and a snapshot's number is taken once. */
export const graphGenerationPrefix = (scene: string, generation: string): string =>
  `${sceneGraphPrefix(scene)}${generation}/`
export const graphFiles = family('models', under(sceneGraphPrefix(ANY)), 'collected', 'no users')

/**
 * Tables of a generation that are cut into shards: by the hash of the subject, `sources` and `withdrawn` by that of the
 * source.
 */
export const GRAPH_TABLES = ['claims', 'facts', 'sources', 'withdrawn'] as const
export type GraphTable = (typeof GRAPH_TABLES)[number]
export interface GraphShardName {
  scene: string
  generation: string
  table: GraphTable
  shard: number
  digest: string
}
export const graphShardKey = ({
  scene,
  generation,
  table,
  shard,
  digest,
}: GraphShardName): string =>
  `${graphGenerationPrefix(scene, generation)}${table}/${padPart(shard)}-${digest}.parquet`
const GENERATION = '([0-9a-f]{8}-\\d{13})'
const SHARD = new RegExp(
  `^graph/${SCENE}/${GENERATION}/(${GRAPH_TABLES.join('|')})/(\\d{5})-${DIGEST}\\.parquet$`,
)
export function parseGraphShardKey(key: string): GraphShardName | null {
  const m = SHARD.exec(key)
  if (!m) return null
  const [, scene, generation, table, shard, digest] = m as unknown as [string, ...string[]]
  return {
    ...{ scene: scene!, generation: generation!, digest: digest! },
    ...{ table: table as GraphTable, shard: Number(shard) },
  }
}

export interface GraphSnapshotName {
  scene: string
  generation: string
  n: number
  digest: string
}
export const graphSnapshotKey = ({ scene, generation, n, digest }: GraphSnapshotName): string =>
  `${graphGenerationPrefix(scene, generation)}snapshots/${padPart(n)}-${digest}.json`
const SNAPSHOT = new RegExp(`^graph/${SCENE}/${GENERATION}/snapshots/(\\d{5,})-${DIGEST}\\.json$`)
export function parseGraphSnapshotKey(key: string): GraphSnapshotName | null {
  const m = SNAPSHOT.exec(key)
  return m && { scene: m[1]!, generation: m[2]!, n: Number(m[3]), digest: m[4]! }
}

/** What other systems read: the facts and the taxonomy as Parquet, and the files of Neptune's bulk loader. */
export const GRAPH_EXPORTS = [
  'facts.parquet',
  'taxonomy.parquet',
  'nodes.csv',
  'edges.csv',
] as const
export type GraphExport = (typeof GRAPH_EXPORTS)[number]
export interface GraphExportName {
  scene: string
  generation: string
  /** The snapshot's number. */
  n: number
  name: GraphExport
}
/** Neptune loads a folder, and Athena reads one: each table has its own, and both files of Neptune are in one. */
const folderOf = (name: GraphExport): string =>
  name.endsWith('.csv') ? 'neptune' : name.slice(0, -'.parquet'.length)
export const graphExportKey = ({ scene, generation, n, name }: GraphExportName): string =>
  `${graphGenerationPrefix(scene, generation)}export/${padPart(n)}/${folderOf(name)}/${name}`
const EXPORT = new RegExp(
  `^graph/${SCENE}/${GENERATION}/export/(\\d{5,})/(neptune|facts|taxonomy)/(${GRAPH_EXPORTS.join('|').replaceAll('.', '\\.')})$`,
)
export function parseGraphExportKey(key: string): GraphExportName | null {
  const m = EXPORT.exec(key)
  if (!m) return null
  const name = {
    ...{ scene: m[1]!, generation: m[2]!, n: Number(m[3]) },
    name: m[5] as GraphExport,
  }
  return graphExportKey(name) === key ? name : null
}

/** The online row of an entity: its facts in both directions, the strongest first. */
export const entityPk = (scene: string, entity: string): string => `${scene}#entity#${entity}`

/** Objects of a generation that never change, and its last report. `plan` is written first. */
const ofGeneration = (scene: string, generation: string, name: string): string =>
  `${graphGenerationPrefix(scene, generation)}${name}.json`
export const graphPlanKey = (scene: string, generation: string): string =>
  ofGeneration(scene, generation, 'plan')
export const graphLearnedKey = (scene: string, generation: string): string =>
  ofGeneration(scene, generation, 'learned')
export const graphNamesKey = (scene: string, generation: string): string =>
  ofGeneration(scene, generation, 'names')
export const graphLinksKey = (scene: string, generation: string): string =>
  ofGeneration(scene, generation, 'links')
/** Written last: without it a generation is not there. */
export const graphManifestKey = (scene: string, generation: string): string =>
  ofGeneration(scene, generation, 'generation')
export const graphReportKey = (scene: string, generation: string): string =>
  ofGeneration(scene, generation, 'report')

/** The generation that an object belongs to. */
const IN_GENERATION = new RegExp(`^graph/${SCENE}/${GENERATION}/.`)
export function parseGraphKey(key: string): { scene: string; generation: string } | null {
  const m = IN_GENERATION.exec(key)
  return m && { scene: m[1]!, generation: m[2]! }
}
