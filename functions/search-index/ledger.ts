import { dropManifestSchema } from '../contract/accounts.ts'
import { cleanKeysOf, dropManifestPrefix } from '../contract/keys.ts'
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
  /** Manifests that were read. */
  manifests: Set<string>
  newest: Map<string, Version & { isGone: boolean }>
}

export const createLedger = (): Ledger => ({
  manifests: new Set(),
  newest: new Map(),
})

/** A lake has many small files: their latency is what a build waits for. */
export const FILES_AT_ONCE = 64

const VERSION_COLUMNS = ['id', 'knowableMs', 'drop', 'row', 'attributes'] as const

/** How many documents an index of the ledger's statements finds. */
export const liveIn = ({ newest }: Ledger): number =>
  [...newest.values()].reduce((live, { isGone }) => live + (isGone ? 0 : 1), 0)

/** In any order: the newest holds. */
function note(ledger: Ledger, search: SearchDefinition, stated: StatementRow): void {
  const { id, knowableMs, drop, row, attributes } = stated
  const known = ledger.newest.get(id)
  if (known && compareVersions(stated, known) <= 0) return
  ledger.newest.set(id, { knowableMs, drop, row, isGone: takesOut(search, attributes) })
}

/** A clean file and its statements. */
export interface StatedFile {
  key: string
  rows: number
}

/**
 * Reads the drops that arrived since the last call. Returns the clean files among them, in order of their keys. A
 * drop without a manifest is not there, and a refused one has no statements.
 */
export async function readOn(
  lake: ObjectStore,
  scene: string,
  search: SearchDefinition,
  ledger: Ledger,
): Promise<StatedFile[]> {
  const listed = await lake.list(dropManifestPrefix(scene))
  const keys = listed.map(({ key }) => key).filter((key) => !ledger.manifests.has(key))
  const manifests = await readEach(keys, (key) => getJson(lake, key, dropManifestSchema))
  const files = manifests
    .filter(({ refused }) => refused === null)
    .flatMap((manifest) => {
      const clean = new Set(cleanKeysOf(manifest, search.of))
      return manifest.files.filter(({ key }) => clean.has(key))
    })
  await readEach(
    files,
    async ({ key }) => {
      const rows = await readParquet<StatementRow>(await lake.get(key), VERSION_COLUMNS)
      for (const row of rows) note(ledger, search, row)
    },
    FILES_AT_ONCE,
  )
  for (const key of keys) ledger.manifests.add(key)
  return files
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
