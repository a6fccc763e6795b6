import { KINDS, type Kind } from './events.ts'
import { dateOf, hourOf, hourStart, ms } from './time.ts'
import { trainingJobName } from './version-names.ts'

export * from './version-names.ts'

/**
 * Every S3 key of the system. `<name>Key` builds one, its twin `parse<Name>Key` takes it apart
 * and answers `null` for a key that is not of that family. Digits are padded so that the order
 * of keys is the order of time.
 */

const part = (n: number): string => String(n).padStart(5, '0')
const SCENE = '([a-z][a-z0-9-]{0,23})'
const DATE = '(\\d{4}-\\d{2}-\\d{2})'
const DIGEST = '([0-9a-f]{16,64})'

/** `raw/<scene>/<kind>/<anything>`: the one convention that producers keep. */
export const rawPrefix = (scene: string, kind: Kind): string => `raw/${scene}/${kind}/`
export const rawKey = (scene: string, kind: Kind, name: string): string =>
  `${rawPrefix(scene, kind)}${name}`
export function parseRawKey(key: string): { scene: string; kind: string; name: string } | null {
  const match = /^raw\/([^/]+)\/([^/]+)\/(.+)$/.exec(key)
  return match ? { scene: match[1]!, kind: match[2]!, name: match[3]! } : null
}
/** What a producer that cannot set metadata says of an object in its name: `format=csv/mapping=orders/a.csv`. */
export interface NameHints {
  format?: string | undefined
  mapping?: string | undefined
  source?: string | undefined
}
const HINTS = ['format', 'mapping', 'source'] as const
export const hintedName = (hints: NameHints, name: string): string =>
  [...HINTS.flatMap((hint) => (hints[hint] ? [`${hint}=${hints[hint]}`] : [])), name].join('/')
/** The leading `<hint>=<value>` folders of an object's name, in any order, and what follows them. */
export function parseHintedName(name: string): { hints: NameHints; name: string } {
  const hints: NameHints = {}
  let rest = name
  for (;;) {
    const match = /^(format|mapping|source)=([^/]+)\/(.+)$/.exec(rest)
    if (!match) return { hints, name: rest }
    hints[match[1] as (typeof HINTS)[number]] = match[2]!
    rest = match[3]!
  }
}
export const isKind = (kind: string): kind is Kind => (KINDS as readonly string[]).includes(kind)

/** One drop among the others: when it arrived and which it is. */
export interface DropName {
  arrivalMs: number
  /** First 32 hex digits of the SHA-256 of the raw key and the object's version. */
  drop: string
}
const dropName = ({ arrivalMs, drop }: DropName): string => `${ms(arrivalMs)}-${drop}`

/** Stands for the scene of a drop whose key names none of ours: its account must stand somewhere. */
export const UNKNOWN_SCENE = 'unknown'

export const quarantinePrefix = (scene: string): string => `quarantine/${scene}/`
export const quarantineKey = (scene: string, name: DropName, n: number): string =>
  `${quarantinePrefix(scene)}date=${dateOf(name.arrivalMs)}/${dropName(name)}-${part(n)}.jsonl`

/** Clean events by event hour; one or more parts of each drop and hour. */
export interface CleanEventsName extends DropName {
  scene: string
  hourMs: number
  part: number
}
export const cleanEventsKey = (name: CleanEventsName): string =>
  `clean/${name.scene}/events/date=${dateOf(name.hourMs)}/hour=${hourOf(name.hourMs)}/${dropName(name)}-${part(name.part)}.parquet`
const CLEAN = new RegExp(
  `^clean/${SCENE}/events/date=${DATE}/hour=(\\d{2})/(\\d{13})-${DIGEST}-(\\d{5})\\.parquet$`,
)
export function parseCleanEventsKey(key: string): CleanEventsName | null {
  const m = CLEAN.exec(key)
  if (!m) return null
  const hourMs = hourStart(m[2]!, m[3]!)
  if (hourMs === null) return null
  return {
    scene: m[1]!,
    hourMs,
    arrivalMs: Number(m[4]),
    drop: m[5]!,
    part: Number(m[6]),
  }
}

/** Clean statements about items, users or documents, by arrival date. */
export interface CleanEntitiesName extends DropName {
  scene: string
  kind: Exclude<Kind, 'events'>
  part: number
}
export const cleanEntitiesPrefix = (scene: string, kind: Exclude<Kind, 'events'>): string =>
  `clean/${scene}/${kind}/`
export const cleanEntitiesKey = (name: CleanEntitiesName): string =>
  `${cleanEntitiesPrefix(name.scene, name.kind)}date=${dateOf(name.arrivalMs)}/${dropName(name)}-${part(name.part)}.parquet`
const ENTITIES = new RegExp(
  `^clean/${SCENE}/(items|users|documents)/date=${DATE}/(\\d{13})-${DIGEST}-(\\d{5})\\.parquet$`,
)
export function parseCleanEntitiesKey(key: string): CleanEntitiesName | null {
  const m = ENTITIES.exec(key)
  if (!m) return null
  return {
    scene: m[1]!,
    kind: m[2] as Exclude<Kind, 'events'>,
    arrivalMs: Number(m[4]),
    drop: m[5]!,
    part: Number(m[6]),
  }
}

/** Written last: a drop without its manifest is not there. */
export const dropManifestPrefix = (scene: string): string => `manifests/${scene}/drops/`
export const dropManifestDatePrefix = (scene: string, arrivalMs: number): string =>
  `${dropManifestPrefix(scene)}date=${dateOf(arrivalMs)}/`
export const dropManifestKey = (scene: string, name: DropName): string =>
  `${dropManifestDatePrefix(scene, name.arrivalMs)}${dropName(name)}.json`
const DROP_MANIFEST = new RegExp(
  `^manifests/${SCENE}/drops/date=${DATE}/(\\d{13})-${DIGEST}\\.json$`,
)
export function parseDropManifestKey(key: string): (DropName & { scene: string }) | null {
  const m = DROP_MANIFEST.exec(key)
  return m ? { scene: m[1]!, arrivalMs: Number(m[3]), drop: m[4]! } : null
}

/** Pinned inputs of one closing run: everything through `closedThroughMs`. Put once, if absent. */
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
/** The one closing that may follow this one; 0 stands before the first. Put once, if absent. */
export const closingSuccessorKey = (scene: string, closedThroughMs: number): string =>
  `${closingPlanPrefix(scene)}${ms(closedThroughMs)}/next.json`
/** Put when every piece of that run has ended. */
export const closingSealKey = (scene: string, closedThroughMs: number): string =>
  `${closingPlanPrefix(scene)}${ms(closedThroughMs)}/seal.json`
/** Everything of one closing. */
export const closingPrefix = (scene: string, closedThroughMs: number): string =>
  `${closingPlanPrefix(scene)}${ms(closedThroughMs)}/`
/** Put when a closing begins a piece that an earlier one left open. */
export const closingAttemptKey = (
  scene: string,
  closedThroughMs: number,
  open: { closedThroughMs: number; piece: number },
): string =>
  `${closingPrefix(scene, closedThroughMs)}begun-${ms(open.closedThroughMs)}-${part(open.piece)}.json`

/** One event hour as one closing run left it: `.parquet` of kept events, `.json` its account. */
export interface ClosedName {
  scene: string
  hourMs: number
  closedThroughMs: number
  /** Rows that went in: stands in the key so that work can be cut by a LIST alone. */
  accepted: number
  /** Of an hour that was closed in shards: which of how many. `accepted` is then its even share. */
  shard?: number
  shards?: number
}
export const closedPrefix = (scene: string): string => `closed/${scene}/`
export const closedDatePrefix = (scene: string, dayMs: number): string =>
  `${closedPrefix(scene)}date=${dateOf(dayMs)}/`
export const closedHourPrefix = (scene: string, hourMs: number): string =>
  `${closedDatePrefix(scene, hourMs)}hour=${hourOf(hourMs)}/`
export const closedKey = (name: ClosedName): string => {
  const { scene, hourMs, closedThroughMs, accepted, shard, shards } = name
  const of = shard === undefined ? '' : `-${part(shard)}-of-${part(shards!)}`
  return `${closedHourPrefix(scene, hourMs)}${ms(closedThroughMs)}-${String(accepted).padStart(9, '0')}${of}.parquet`
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
/** Whom the rules took out of that hour whole, where there was anybody: beside what was kept. */
export const closedExclusionsKey = (name: ClosedName): string =>
  closedKey(name).replace(/\.parquet$/, '.excluded.json')
export const isClosedExclusionsKey = (key: string): boolean =>
  /^closed\/.*\.excluded\.json$/.test(key)
/** The accounts of one closing piece's hours, in one object. */
export const closingAccountKey = (scene: string, closedThroughMs: number, piece: number): string =>
  `${closingPlanPrefix(scene)}${ms(closedThroughMs)}/account-${part(piece)}.json`
export const isClosingAccountKey = (key: string): boolean =>
  /^manifests\/[^/]+\/closings\/\d{13}\/account-\d{5}\.json$/.test(key)

/** Counts by entity and knowable hour that one closing piece adds. */
export interface CountersName {
  scene: string
  closedThroughMs: number
  piece: number
}
export const countersPrefix = (scene: string): string => `counters/${scene}/`
export const countersDatePrefix = (scene: string, closedThroughMs: number): string =>
  `${countersPrefix(scene)}date=${dateOf(closedThroughMs)}/`
export const countersKey = (name: CountersName): string =>
  `${countersDatePrefix(name.scene, name.closedThroughMs)}${ms(name.closedThroughMs)}-${part(name.piece)}.parquet`
const COUNTERS = new RegExp(`^counters/${SCENE}/date=${DATE}/(\\d{13})-(\\d{5})\\.parquet$`)
export function parseCountersKey(key: string): CountersName | null {
  const m = COUNTERS.exec(key)
  return m ? { scene: m[1]!, closedThroughMs: Number(m[3]), piece: Number(m[4]) } : null
}

/** The samples of one event day or hour, under the digest of everything they were made from. */
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
  `${sampleSet(name)}part-${part(name.shard)}.parquet`
export const samplePartAccountKey = (name: SampleSetName & { shard: number }): string =>
  `${sampleSet(name)}part-${part(name.shard)}.json`
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

/** What one run of a tier will do: put once, if absent, by its scheduled time. */
export const runPlanKey = (scene: string, tier: string, scheduledMs: number): string =>
  `manifests/${scene}/runs/${tier}-${ms(scheduledMs)}.json`

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
