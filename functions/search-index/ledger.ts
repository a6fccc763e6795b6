import { dropManifestSchema } from '../contract/accounts.ts'
import {
  cleanEntitiesPrefix,
  cleanKeysOf,
  dropManifestKey,
  dropManifestPrefix,
  openDropName,
  parseCleanEntitiesKey,
  parseDropManifestKey,
} from '../contract/keys.ts'
import type { SearchDefinition } from '../contract/search.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { readParquet } from '../core/parquet.ts'
import { readEach } from '../core/read-each.ts'
import { BATCH_DOCUMENTS, readStatements } from './build.ts'
import { type StatementRow, takesOut } from './documents.ts'
import { compareVersions, type Version } from './version.ts'

/**
 * The truth that an index is held against: the newest statement about each document in the lake. Memory: some 250
 * bytes a document, and the files that are read at once.
 */
export interface Ledger {
  /** Clean files that were read. */
  files: Set<string>
  newest: Map<string, KnownVersion>
  /** The latest arrival among the drops of the files. */
  throughMs: number
}
export type KnownVersion = Version & { isGone: boolean }

export const createLedger = (): Ledger => ({
  files: new Set(),
  newest: new Map(),
  throughMs: 0,
})

/** A lake has many small files: their latency is what a build waits for. */
export const FILES_AT_ONCE = 64

const VERSION_COLUMNS = ['id', 'knowableMs', 'drop', 'row', 'attributes'] as const

/** How many documents an index of the ledger's statements finds. */
export const liveIn = ({ newest }: Ledger): number =>
  [...newest.values()].reduce((live, { isGone }) => live + (isGone ? 0 : 1), 0)

/** In any order: the newest holds. */
export function noteVersion({ newest }: Ledger, id: string, version: KnownVersion): void {
  const known = newest.get(id)
  if (!known || compareVersions(version, known) > 0) newest.set(id, version)
}

/** A clean file and its statements. */
export interface StatedFile {
  key: string
  rows: number
}

/**
 * The clean files of a scene's drops, in order of their keys. A drop without a manifest is not there. Only lists: a
 * manifest may still say that its drop has no such file.
 */
export async function listStatedFiles(
  lake: Pick<ObjectStore, 'list'>,
  scene: string,
  kind: SearchDefinition['of'],
): Promise<{ key: string; bytes: number }[]> {
  // A manifest is written after its files.
  const manifests = await lake.list(dropManifestPrefix(scene))
  const drops = new Set(
    manifests.flatMap(({ key }) => {
      const name = parseDropManifestKey(key)
      return name ? [openDropName(name)] : []
    }),
  )
  const files = await lake.list(cleanEntitiesPrefix(scene, kind))
  return files.filter(({ key }) => {
    const name = parseCleanEntitiesKey(key)
    return name !== null && drops.has(openDropName(name))
  })
}

/** Those of these files that their manifests name. A refused drop has no statements. */
async function confirmFiles(
  lake: ObjectStore,
  kind: SearchDefinition['of'],
  keys: readonly string[],
): Promise<StatedFile[]> {
  const manifestOf = (key: string): string => {
    const name = parseCleanEntitiesKey(key)!
    return dropManifestKey(name.scene, name)
  }
  const asked = new Set(keys)
  const manifests = await readEach(
    [...new Set(keys.map(manifestOf))],
    (key) => getJson(lake, key, dropManifestSchema),
    FILES_AT_ONCE,
  )
  return manifests
    .filter(({ refused }) => refused === null)
    .flatMap((manifest) => {
      const clean = new Set(cleanKeysOf(manifest, kind).filter((key) => asked.has(key)))
      return manifest.files.filter(({ key }) => clean.has(key))
    })
}

/** Notes the versions in these files. Returns those of them that have statements. */
export async function noteFiles(
  lake: ObjectStore,
  search: SearchDefinition,
  ledger: Ledger,
  keys: readonly string[],
): Promise<StatedFile[]> {
  const files = await confirmFiles(lake, search.of, keys)
  await readEach(
    files,
    async ({ key }) => {
      const rows = await readParquet<StatementRow>(await lake.get(key), VERSION_COLUMNS)
      for (const { id, knowableMs, drop, row, attributes } of rows)
        noteVersion(ledger, id, { knowableMs, drop, row, isGone: takesOut(search, attributes) })
    },
    FILES_AT_ONCE,
  )
  for (const key of keys) ledger.files.add(key)
  for (const { key } of files)
    ledger.throughMs = Math.max(ledger.throughMs, parseCleanEntitiesKey(key)!.arrivalMs)
  return files
}

/** Reads the drops that arrived since the last call. Returns the clean files among them, in order of their keys. */
export async function readOn(
  lake: ObjectStore,
  scene: string,
  search: SearchDefinition,
  ledger: Ledger,
): Promise<StatedFile[]> {
  const listed = await listStatedFiles(lake, scene, search.of)
  const unread = listed.map(({ key }) => key).filter((key) => !ledger.files.has(key))
  return noteFiles(lake, search, ledger, unread)
}

/** The statements of a file that are the newest about their documents, so far as the ledger has read. */
async function newestIn(lake: ObjectStore, ledger: Ledger, file: string): Promise<StatementRow[]> {
  const rows = await readStatements(lake, file)
  return rows.filter((row) => compareVersions(row, ledger.newest.get(row.id)!) === 0)
}

/** The newest statements of these files, in parts of about a batch. Held at once: those of two batches, or of one file. */
export async function* newestStatementsOf(
  lake: ObjectStore,
  ledger: Ledger,
  files: readonly StatedFile[],
): AsyncGenerator<StatementRow[]> {
  let waiting: StatementRow[] = []
  for (let at = 0; at < files.length; ) {
    const chunk: StatedFile[] = []
    let rows = 0
    do {
      rows += files[at]!.rows
      chunk.push(files[at++]!)
    } while (
      at < files.length &&
      chunk.length < FILES_AT_ONCE &&
      rows + files[at]!.rows <= BATCH_DOCUMENTS
    )
    const read = await readEach(chunk, ({ key }) => newestIn(lake, ledger, key), FILES_AT_ONCE)
    for (const own of read) waiting = waiting.concat(own)
    if (waiting.length < BATCH_DOCUMENTS) continue
    yield waiting
    waiting = []
  }
  if (waiting.length > 0) yield waiting
}
