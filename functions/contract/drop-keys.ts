import { KINDS, type Kind, type StatementKind } from './events.ts'
import { ANY, family, under } from './family.ts'
import { DATE, DIGEST, padPart, SCENE } from './key-parts.ts'
import { dateOf, hourOf, hourStart, ms } from './time.ts'

/**
 * Keys of drops and of the files that intake writes for them. `keys.ts` exports them with all other
 * keys.
 */

/** `raw/<scene>/<kind>/<anything>`: the only convention that producers must follow. */
export const rawObjects = family('raw', under('raw/'), 'rawRetentionDays', 'users')
export const rawPrefix = (scene: string, kind: Kind): string => `raw/${scene}/${kind}/`
export const rawKey = (scene: string, kind: Kind, name: string): string =>
  `${rawPrefix(scene, kind)}${name}`
export function parseRawKey(key: string): { scene: string; kind: string; name: string } | null {
  const match = /^raw\/([^/]+)\/([^/]+)\/(.+)$/.exec(key)
  return match ? { scene: match[1]!, kind: match[2]!, name: match[3]! } : null
}
/**
 * Hints in an object's name, for a producer that cannot set metadata:
 * `format=csv/mapping=orders/a.csv`.
 */
export interface NameHints {
  format?: string | undefined
  mapping?: string | undefined
  source?: string | undefined
}
const HINTS = ['format', 'mapping', 'source'] as const
export const hintedName = (hints: NameHints, name: string): string =>
  [...HINTS.flatMap((hint) => (hints[hint] ? [`${hint}=${hints[hint]}`] : [])), name].join('/')
/** Splits a name into its leading `<hint>=<value>` folders, in any order, and the rest. */
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
/**
 * A drop of chunks that `chunk-drop` makes of the documents in the `part`-th file of a drop. An attempt that another
 * writer ended has an empty object.
 */
export const chunksKey = (scene: string, name: DropName, part: number, attempt: number): string =>
  rawKey(scene, 'items', `chunks/${dropName(name)}-${padPart(part)}-${attempt}.jsonl`)
export const isKind = (kind: string): kind is Kind => (KINDS as readonly string[]).includes(kind)

/** Identifies one drop: its arrival time and its digest. */
export interface DropName {
  arrivalMs: number
  /** First 32 hex digits of the SHA-256 of the raw key and the object's version. */
  drop: string
}
const dropName = ({ arrivalMs, drop }: DropName): string => `${ms(arrivalMs)}-${drop}`

/** A drop in a task of samples: `<arrivalMs>-<drop>`. */
export const openDropName = dropName
export function parseOpenDrop(name: string): DropName | null {
  const m = new RegExp(`^(\\d{13})-${DIGEST}$`).exec(name)
  return m ? { arrivalMs: Number(m[1]), drop: m[2]! } : null
}

/** The scene of a drop whose key names no configured scene: its account needs a key too. */
export const UNKNOWN_SCENE = 'unknown'

export const quarantinePrefix = (scene: string): string => `quarantine/${scene}/`
export const quarantined = family(
  'quarantine',
  under(quarantinePrefix(ANY)),
  'quarantineRetentionDays',
  'users',
)
export const quarantineKey = (scene: string, name: DropName, n: number): string =>
  `${quarantinePrefix(scene)}date=${dateOf(name.arrivalMs)}/${dropName(name)}-${padPart(n)}.jsonl`

/** The drop that has used a signature, by the day on which it was signed. */
export interface UsedSignatureName {
  scene: string
  signedMs: number
  /** 64 lower-case hex digits. */
  signature: string
}
const usedSignaturePrefix = (scene: string): string => `signatures/${scene}/`
export const usedSignatures = family(
  'lake',
  under(usedSignaturePrefix(ANY)),
  'lakeRetentionDays',
  'no users',
)
export const usedSignatureKey = ({ scene, signedMs, signature }: UsedSignatureName): string =>
  `${usedSignaturePrefix(scene)}date=${dateOf(signedMs)}/${ms(signedMs)}-${signature}.json`
const USED_SIGNATURE = new RegExp(
  `^signatures/${SCENE}/date=${DATE}/(\\d{13})-([0-9a-f]{64})\\.json$`,
)
export function parseUsedSignatureKey(key: string): UsedSignatureName | null {
  const m = USED_SIGNATURE.exec(key)
  return m && { scene: m[1]!, signedMs: Number(m[3]), signature: m[4]! }
}

/** Clean events by event hour. Each drop and hour has one or more parts. */
export interface CleanEventsName extends DropName {
  scene: string
  hourMs: number
  part: number
}
export const cleanEventsPrefix = (scene: string): string => `clean/${scene}/events/`
export const cleanEventFiles = family(
  'lake',
  under(cleanEventsPrefix(ANY)),
  'lakeRetentionDays',
  'users',
)
export const cleanEventsDatePrefix = (scene: string, dayMs: number): string =>
  `${cleanEventsPrefix(scene)}date=${dateOf(dayMs)}/`
export const cleanEventsKey = (name: CleanEventsName): string =>
  `${cleanEventsDatePrefix(name.scene, name.hourMs)}hour=${hourOf(name.hourMs)}/${dropName(name)}-${padPart(name.part)}.parquet`
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
  kind: StatementKind
  part: number
}
export const cleanEntitiesPrefix = (scene: string, kind: StatementKind): string =>
  `clean/${scene}/${kind}/`
const statementsOf = (kind: StatementKind, about: 'users' | 'no users') =>
  family('lake', under(cleanEntitiesPrefix(ANY, kind)), 'for good', about)
export const cleanItemFiles = statementsOf('items', 'no users')
export const cleanUserFiles = statementsOf('users', 'users')
export const cleanDocumentFiles = statementsOf('documents', 'no users')
export const cleanEntitiesKey = (name: CleanEntitiesName): string =>
  `${cleanEntitiesPrefix(name.scene, name.kind)}date=${dateOf(name.arrivalMs)}/${dropName(name)}-${padPart(name.part)}.parquet`
const ENTITIES = new RegExp(
  `^clean/${SCENE}/(items|users|documents)/date=${DATE}/(\\d{13})-${DIGEST}-(\\d{5})\\.parquet$`,
)
export function parseCleanEntitiesKey(key: string): CleanEntitiesName | null {
  const m = ENTITIES.exec(key)
  if (!m) return null
  return {
    scene: m[1]!,
    kind: m[2] as StatementKind,
    arrivalMs: Number(m[4]),
    drop: m[5]!,
    part: Number(m[6]),
  }
}

/** Clean rows of served cells, by arrival date. */
export interface CleanServedName extends DropName {
  scene: string
  part: number
}
export const cleanServedPrefix = (scene: string): string => `clean/${scene}/served/`
export const cleanServedDatePrefix = (scene: string, arrivalMs: number): string =>
  `${cleanServedPrefix(scene)}date=${dateOf(arrivalMs)}/`
export const cleanServedFiles = family(
  'lake',
  under(cleanServedPrefix(ANY)),
  'lakeRetentionDays',
  'users',
)
export const cleanServedKey = (name: CleanServedName): string =>
  `${cleanServedDatePrefix(name.scene, name.arrivalMs)}${dropName(name)}-${padPart(name.part)}.parquet`
const SERVED = new RegExp(
  `^clean/${SCENE}/served/date=${DATE}/(\\d{13})-${DIGEST}-(\\d{5})\\.parquet$`,
)
export function parseCleanServedKey(key: string): CleanServedName | null {
  const m = SERVED.exec(key)
  return m && { scene: m[1]!, arrivalMs: Number(m[3]), drop: m[4]!, part: Number(m[5]) }
}

const cleanPrefix = (scene: string, kind: Kind): string => {
  if (kind === 'events') return cleanEventsPrefix(scene)
  return kind === 'served' ? cleanServedPrefix(scene) : cleanEntitiesPrefix(scene, kind)
}
/** The keys of a drop's clean files of one kind. A log of events may hold statements as well. */
export const cleanKeysOf = (
  { scene, files }: { scene: string; files: readonly { key: string }[] },
  kind: Kind,
): string[] => files.map(({ key }) => key).filter((key) => key.startsWith(cleanPrefix(scene, kind)))

/** Written last: a drop counts only once its manifest exists. */
export const dropManifestPrefix = (scene: string): string => `manifests/${scene}/drops/`
export const dropManifests = family('lake', under(dropManifestPrefix(ANY)), 'for good', 'no users')
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
