import { dropManifestSchema } from '../contract/accounts.ts'
import type { Attributes } from '../contract/attributes.ts'
import type { ChunksRow, DocumentChunks } from '../contract/documents.ts'
import { chunksKey, cleanKeysOf } from '../contract/keys.ts'
import type { EntityRow } from '../contract/rows.ts'
import { InvalidInput, QuartermasterError } from '../core/errors.ts'
import { findJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { readRows } from '../core/read-rows.ts'
import { ChangedRows, type ChangePorts } from './chunks/change-rows.ts'
import {
  type ChunkStatement,
  chunkStatements,
  type StatedDocument,
} from './chunks/chunk-statements.ts'
import { changeLines, isLater, isSame, statedOf } from './chunks/stated-chunks.ts'

export interface ChunkPorts extends ChangePorts {
  lake: ObjectStore
  pause: (ms: number) => Promise<void>
}

/** What became of a drop. `none`: it has no documents. `deleted`: its manifest is gone. */
export interface ChunkedDrop {
  result: 'divided' | 'none' | 'deleted'
  /** Documents whose statement is the newest one and was divided. */
  documents: number
  /** Statements of chunks that are new, changed or gone. */
  chunks: number
  /** Documents that cannot be read. Their former chunks stay. */
  unreadable: { id: string; why: string }[]
}

/** Other writers of the same documents may end an attempt so many times. */
const MAX_ATTEMPTS = 20
/**
 * S3's events tell the time in whole seconds, and statements of one second have no order in time. So a change of what
 * was stated is dropped in a later second than that.
 */
const NEXT_SECOND_MS = 1100

const VERSION_COLUMNS = ['id', 'knowableMs', 'drop', 'row']
const DOCUMENT_COLUMNS = [...VERSION_COLUMNS, 'attributes', 'title', 'text']

/** The newest row about each document in some clean files: their numbers in the drop. */
async function newestIn(lake: ObjectStore, keys: readonly string[]): Promise<Set<number>> {
  const newest = new Map<string, EntityRow>()
  for (const row of await readRows<EntityRow>(lake, keys, { columns: VERSION_COLUMNS })) {
    const known = newest.get(row.id)
    if (!known || isLater(row, known)) newest.set(row.id, row)
  }
  return new Set([...newest.values()].map(({ row }) => row))
}

interface Divided {
  document: StatedDocument
  chunks: ChunkStatement[]
}

/** Divides the documents of one clean file, in the order of their ids. */
async function divideFile(
  { lake }: ChunkPorts,
  section: DocumentChunks,
  key: string,
  wanted: ReadonlySet<number>,
): Promise<{ divided: Divided[]; unreadable: ChunkedDrop['unreadable'] }> {
  const isWanted = ({ row }: EntityRow): boolean => wanted.has(row)
  const rows = await readRows<EntityRow>(lake, [key], { columns: DOCUMENT_COLUMNS, isWanted })
  const divided: Divided[] = []
  const unreadable: ChunkedDrop['unreadable'] = []
  for (const row of rows.sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const document = { ...row, attributes: JSON.parse(row.attributes) as Attributes }
    try {
      divided.push({ document, chunks: chunkStatements(document, section) })
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error
      unreadable.push({ id: row.id, why: error.message })
    }
  }
  return { divided, unreadable }
}

/** A document whose statement is newer than what its row says, and that row. */
interface Newer extends Divided {
  row: ChunksRow | null
}

const isNewer = (row: ChunksRow | null, { document }: Divided): boolean =>
  !row?.stated || isLater(document, row.stated)

/** What one change of some documents needs. */
interface Change {
  rows: ChangedRows
  /** Of its raw object. */
  key: string
  goneIf: string
  divided: readonly Divided[]
}

/** Rows say what will hold. Returns the lines of the change, or null if another writer changed a row. */
async function announce(
  { rows, key, goneIf }: Change,
  newer: readonly Newer[],
): Promise<string[] | null> {
  const announced = await readEach(newer, async ({ document, chunks, row }) => {
    const stated = row?.stated
    const next = statedOf(document, chunks)
    const lines = changeLines(document, stated, chunks, goneIf)
    if (row?.next && isSame(row.next, next)) return lines
    const after =
      lines.length === 0 ? { stated: next } : { ...(stated && { stated }), next: { ...next, key } }
    return (await rows.replace(document.id, row, after)) && lines
  })
  return announced.every((lines) => lines !== null) ? announced.flat() : null
}

type Counts = Pick<ChunkedDrop, 'documents' | 'chunks'>

/** One attempt to change the chunks of some documents by one raw object. Null: another writer ended it. */
async function attempt(change: Change, pause: ChunkPorts['pause']): Promise<Counts | null> {
  const { rows, key, divided } = change
  const settle = () => readEach(divided, ({ document }) => rows.settle(document.id, key))
  let made: Counts = { documents: 0, chunks: 0 }
  while ((await rows.fateOf(key)) === 'open') {
    const before = await settle()
    const newer = divided.flatMap((one, i): Newer[] =>
      isNewer(before[i]!, one) ? [{ ...one, row: before[i]! }] : [],
    )
    if (newer.some(({ row }) => row?.stated)) await pause(NEXT_SECOND_MS)
    const lines = await announce(change, newer)
    if (lines === null) continue
    const counts = { documents: newer.length, chunks: lines.length }
    if (lines.length === 0) return counts
    if (await rows.make(key, lines.map((line) => `${line}\n`).join(''))) made = counts
  }
  if ((await rows.fateOf(key)) === 'ended') return null
  await settle()
  return made
}

/** Changes the chunks of the documents in one clean file. */
async function changeFile(
  ports: ChunkPorts,
  { goneIf }: DocumentChunks,
  keyOf: (attempt: number) => string,
  divided: readonly Divided[],
): Promise<Counts> {
  const rows = new ChangedRows(ports)
  for (let n = 0; n < MAX_ATTEMPTS; n++) {
    const made = await attempt({ rows, key: keyOf(n), goneIf, divided }, ports.pause)
    if (made) return made
  }
  throw new QuartermasterError(
    `${keyOf(0)}: other writers of the same documents came first ${MAX_ATTEMPTS} times; nothing was dropped, and the drop is delivered again`,
  )
}

/**
 * Drops the chunks of a drop's documents as items: one JSON Lines object for each of its clean files. A document counts
 * if its statement is newer than the one that its row names. In any order of drops, and with any repeats, the newest
 * statements' chunks are what remains. Throws only for faults of the stores.
 */
export async function chunkDrop(
  ports: ChunkPorts,
  section: DocumentChunks,
  manifestKey: string,
): Promise<ChunkedDrop> {
  const manifest = await findJson(ports.lake, manifestKey, dropManifestSchema)
  const nothing = { documents: 0, chunks: 0, unreadable: [] }
  if (!manifest) return { result: 'deleted', ...nothing }
  const keys = cleanKeysOf(manifest, 'documents')
  if (manifest.refused !== null || keys.length === 0) return { result: 'none', ...nothing }
  const wanted = await newestIn(ports.lake, keys)
  const found: ChunkedDrop = { result: 'divided', ...nothing, unreadable: [] }
  for (const [part, key] of keys.entries()) {
    const { divided, unreadable } = await divideFile(ports, section, key, wanted)
    found.unreadable.push(...unreadable)
    const keyOf = (n: number) => chunksKey(ports.scene, manifest, part, n)
    const { documents, chunks } = await changeFile(ports, section, keyOf, divided)
    found.documents += documents
    found.chunks += chunks
  }
  return found
}
