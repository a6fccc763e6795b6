import { ANY, family, fileIn, folderOf, under } from './family.ts'
import { DATE, DIGEST, padPart, SCENE } from './key-parts.ts'
import { KINDS_BESIDE_POINTWISE, type KindBesidePointwise } from './sample-kinds.ts'
import { dateOf, hourOf, hourStart, ms } from './time.ts'

export * from './claim-keys.ts'
export * from './drop-keys.ts'
export * from './embedding-keys.ts'
export * from './model-keys.ts'
export * from './parity-keys.ts'
export * from './preference-keys.ts'
export * from './search-keys.ts'
export * from './value-keys.ts'
export { correctionFiles, findingFiles, verdictFiles } from './verdicts.ts'
export * from './version-names.ts'

/**
 * Every S3 key of the system. `<name>Key` builds a key. `parse<Name>Key` parses it, and returns
 * `null` for a key of another family. Each family is declared below its functions. Grants and
 * lifecycle rules come from these declarations.
 */

/** The plan of a run and its results. They are never deleted. */
const recordsIn = (pattern: string) => family('lake', pattern, 'for good', 'no users')

/**
 * Pinned inputs of one closing run: everything through `closedThroughMs`. Written once, if absent.
 */
export const closingPlanPrefix = (scene: string): string => `manifests/${scene}/closings/`
export const closingPlanKey = (scene: string, closedThroughMs: number): string =>
  `${closingPlanPrefix(scene)}${ms(closedThroughMs)}/plan.json`
const CLOSING_PLAN = new RegExp(`^manifests/${SCENE}/closings/(\\d{13})/plan\\.json$`)
export function parseClosingPlanKey(
  key: string,
): { scene: string; closedThroughMs: number } | null {
  const m = CLOSING_PLAN.exec(key)
  return m ? { scene: m[1]!, closedThroughMs: Number(m[2]) } : null
}
/**
 * Names the only closing that may follow this one. 0 is the closing before the first. Written once,
 * if absent.
 */
export const closingSuccessorKey = (scene: string, closedThroughMs: number): string =>
  `${closingPlanPrefix(scene)}${ms(closedThroughMs)}/next.json`
/**
 * Written when every batch of that closing has ended: it commits the closing. The stored name is
 * `seal.json`.
 */
export const closingCommitKey = (scene: string, closedThroughMs: number): string =>
  `${closingPlanPrefix(scene)}${ms(closedThroughMs)}/seal.json`
/** The folder of one closing. */
export const closingPrefix = (scene: string, closedThroughMs: number): string =>
  `${closingPlanPrefix(scene)}${ms(closedThroughMs)}/`
/** Written when a closing starts a batch that an earlier closing left open. */
export const closingAttemptKey = (
  scene: string,
  closedThroughMs: number,
  open: { closedThroughMs: number; piece: number },
): string =>
  `${closingPrefix(scene, closedThroughMs)}begun-${ms(open.closedThroughMs)}-${padPart(open.piece)}.json`

export const closings = recordsIn(under(closingPlanPrefix(ANY)))
const closingFile = (key: string) => recordsIn(fileIn(closings.pattern, key))
export const closingPlans = closingFile(closingPlanKey(ANY, 0))
export const closingSuccessors = closingFile(closingSuccessorKey(ANY, 0))
export const closingCommits = closingFile(closingCommitKey(ANY, 0))
export const closingAttempts = closingFile(
  closingAttemptKey(ANY, 0, { closedThroughMs: 0, piece: 0 }),
)

/** One event hour as one closing left it: its kept events, a `.parquet` file. */
export interface ClosedName {
  scene: string
  hourMs: number
  closedThroughMs: number
  /**
   * Rows that went in. The key holds this count so that one LIST is enough to cut work into shards.
   */
  accepted: number
  /**
   * For an hour that was closed in shards: the shard and the number of shards. `accepted` is then
   * an even share.
   */
  shard?: number
  shards?: number
}
export const closedPrefix = (scene: string): string => `closed/${scene}/`
export const closedFiles = family('lake', under(closedPrefix(ANY)), 'lakeRetentionDays', 'users')
export const closedDatePrefix = (scene: string, dayMs: number): string =>
  `${closedPrefix(scene)}date=${dateOf(dayMs)}/`
export const closedHourPrefix = (scene: string, hourMs: number): string =>
  `${closedDatePrefix(scene, hourMs)}hour=${hourOf(hourMs)}/`
export const closedKey = (name: ClosedName): string => {
  const { scene, hourMs, closedThroughMs, accepted, shard, shards } = name
  const suffix = shard === undefined ? '' : `-${padPart(shard)}-of-${padPart(shards!)}`
  return `${closedHourPrefix(scene, hourMs)}${ms(closedThroughMs)}-${String(accepted).padStart(9, '0')}${suffix}.parquet`
}
const CLOSED = new RegExp(
  `^closed/${SCENE}/date=${DATE}/hour=(\\d{2})/(\\d{13})-(\\d{9})(?:-(\\d{5})-of-(\\d{5}))?\\.parquet$`,
)
export function parseClosedKey(key: string): ClosedName | null {
  const m = CLOSED.exec(key)
  if (!m) return null
  const hourMs = hourStart(m[2]!, m[3]!)
  if (hourMs === null) return null
  return {
    scene: m[1]!,
    hourMs,
    closedThroughMs: Number(m[4]),
    accepted: Number(m[5]),
    ...(m[6] !== undefined && { shard: Number(m[6]), shards: Number(m[7]) }),
  }
}
/** The users that the rules excluded from that hour. Absent if there are none. */
export const closedExclusionsKey = (name: ClosedName): string =>
  closedKey(name).replace(/\.parquet$/, '.excluded.json')
export const isClosedExclusionsKey = (key: string): boolean =>
  /^closed\/.*\.excluded\.json$/.test(key)
/** The accounts of the hours of one batch, in one object. */
export const closingAccountKey = (scene: string, closedThroughMs: number, piece: number): string =>
  `${closingPlanPrefix(scene)}${ms(closedThroughMs)}/account-${padPart(piece)}.json`
export const isClosingAccountKey = (key: string): boolean =>
  /^manifests\/[^/]+\/closings\/\d{13}\/account-\d{5}\.json$/.test(key)
export const closingAccounts = closingFile(closingAccountKey(ANY, 0, 0))

/** Counts by entity and event hour that one batch of a closing adds. */
export interface CountersName {
  scene: string
  closedThroughMs: number
  piece: number
}
export const countersPrefix = (scene: string): string => `counters/${scene}/`
export const counterFiles = family('lake', under(countersPrefix(ANY)), 'lakeRetentionDays', 'users')
export const countersDatePrefix = (scene: string, closedThroughMs: number): string =>
  `${countersPrefix(scene)}date=${dateOf(closedThroughMs)}/`
export const countersKey = (name: CountersName): string =>
  `${countersDatePrefix(name.scene, name.closedThroughMs)}${ms(name.closedThroughMs)}-${padPart(name.piece)}.parquet`
const COUNTERS = new RegExp(`^counters/${SCENE}/date=${DATE}/(\\d{13})-(\\d{5})\\.parquet$`)
export function parseCountersKey(key: string): CountersName | null {
  const m = COUNTERS.exec(key)
  return m ? { scene: m[1]!, closedThroughMs: Number(m[3]), piece: Number(m[4]) } : null
}

/** The samples of one event day or hour, under the digest of all their inputs. */
export interface SampleSetName {
  scene: string
  fromMs: number
  inputsDigest: string
}
export const samplesPrefix = (scene: string): string => `samples/${scene}/`
export const sampleDatePrefix = (scene: string, dayMs: number): string =>
  `${samplesPrefix(scene)}date=${dateOf(dayMs)}/`
const sampleSet = (name: SampleSetName): string =>
  `${sampleDatePrefix(name.scene, name.fromMs)}hour=${hourOf(name.fromMs)}/${name.inputsDigest}/`
export const samplePartKey = (name: SampleSetName & { shard: number }): string =>
  `${sampleSet(name)}part-${padPart(name.shard)}.parquet`
export const samplePartAccountKey = (name: SampleSetName & { shard: number }): string =>
  `${sampleSet(name)}part-${padPart(name.shard)}.json`
/** Samples of another kind than pointwise, of the same shard. */
export const sampleKindKey = (
  name: SampleSetName & { shard: number; kind: KindBesidePointwise },
): string => `${sampleSet(name)}${name.kind}-${padPart(name.shard)}.parquet`
const SAMPLE_FILE = new RegExp(
  `^samples/${SCENE}/date=${DATE}/hour=(\\d{2})/${DIGEST}/(part|${KINDS_BESIDE_POINTWISE.join('|')})-(\\d{5})\\.parquet$`,
)
/** A file of samples: pointwise ones, or those of another kind. */
export function parseSampleFileKey(
  key: string,
): (SampleSetName & { shard: number; kind: KindBesidePointwise | 'pointwise' }) | null {
  const m = SAMPLE_FILE.exec(key)
  const fromMs = m && hourStart(m[2]!, m[3]!)
  if (!m || fromMs === null) return null
  const kind = m[5] === 'part' ? 'pointwise' : (m[5] as KindBesidePointwise)
  return { scene: m[1]!, fromMs, inputsDigest: m[4]!, shard: Number(m[6]), kind }
}
export const sampleManifestKey = (name: SampleSetName): string => `${sampleSet(name)}manifest.json`
const SAMPLE_MANIFEST = new RegExp(
  `^samples/${SCENE}/date=${DATE}/hour=(\\d{2})/${DIGEST}/manifest\\.json$`,
)
export function parseSampleManifestKey(key: string): SampleSetName | null {
  const m = SAMPLE_MANIFEST.exec(key)
  if (!m) return null
  const fromMs = hourStart(m[2]!, m[3]!)
  return fromMs === null ? null : { scene: m[1]!, fromMs, inputsDigest: m[4]! }
}

export const sampleFiles = family('lake', under(samplesPrefix(ANY)), 'lakeRetentionDays', 'users')
const anySet = { scene: ANY, fromMs: 0, inputsDigest: ANY }
const sampleFile = (key: string, about: 'users' | 'no users') =>
  family('lake', fileIn(sampleFiles.pattern, key), 'lakeRetentionDays', about)
export const sampleParts = sampleFile(samplePartKey({ ...anySet, shard: 0 }), 'users')
export const samplePartAccounts = sampleFile(
  samplePartAccountKey({ ...anySet, shard: 0 }),
  'no users',
)
const kindParts = (kind: KindBesidePointwise) =>
  sampleFile(sampleKindKey({ ...anySet, shard: 0, kind }), 'users')
export const pairParts = kindParts('pairs')
export const sequenceParts = kindParts('sequences')
export const sampleManifests = sampleFile(sampleManifestKey(anySet), 'no users')

/** What one run of a tier will do, by its scheduled time. Written once, if absent. */
export const runPlanKey = (scene: string, tier: string, scheduledMs: number): string =>
  `manifests/${scene}/runs/${tier}-${ms(scheduledMs)}.json`

export const runPlans = recordsIn(folderOf(runPlanKey(ANY, ANY, 0)))
