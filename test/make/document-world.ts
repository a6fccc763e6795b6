import type { Attributes } from '../../functions/contract/attributes.ts'
import { type DocumentChunks, documentChunksSchema } from '../../functions/contract/documents.ts'
import {
  cleanEntitiesPrefix,
  dropManifestKey,
  rawKey,
  rawPrefix,
} from '../../functions/contract/keys.ts'
import type { EntityRow } from '../../functions/contract/rows.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import type { ObjectStore } from '../../functions/core/objects.ts'
import { readParquet } from '../../functions/core/parquet.ts'
import type { TableRow, TableStore } from '../../functions/core/tables.ts'
import { type ChunkedDrop, chunkDrop } from '../../functions/graph/chunk-drop.ts'
import { chunkStatements } from '../../functions/graph/chunks/chunk-statements.ts'
import { isLater } from '../../functions/graph/chunks/stated-chunks.ts'
import { intakeDrop } from '../../functions/intake/intake.ts'
import { DAY0_MS } from './events.ts'
import { memoryObjects } from './memory-objects.ts'
import { memoryTable } from './memory-table.ts'
import { makeScene } from './scene.ts'

const SCENE = 'feed'
/** S3's events tell the time in whole seconds. */
const wholeSeconds = (timeMs: number): number => Math.floor(timeMs / 1000) * 1000

/** Runs before each request of `chunkDrop`: it may wait, or throw as a fault does. */
export type Before = () => Promise<void>
const SURE: Before = async () => {}

/** A scene with documents, from raw objects to the items that its chunks are, on a clock of its own. */
export class DocumentWorld {
  readonly lake = memoryObjects('lake')
  readonly raw = memoryObjects('raw')
  readonly rows = new Map<string, TableRow>()
  readonly #online = memoryTable('online', this.rows)
  readonly section: DocumentChunks
  nowMs = DAY0_MS
  /** Raw objects of chunks in the order of their writes, with their times. */
  readonly written: { key: string; timeMs: number }[] = []

  constructor(section: Partial<DocumentChunks> = {}) {
    this.section = documentChunksSchema.parse({ maxWords: 30, minWords: 5, ...section })
  }

  async #takeIn(key: string, timeMs: number): Promise<string> {
    const landed = {
      rawKey: key,
      versionId: null,
      arrivalMs: wholeSeconds(timeMs),
      drop: sha256Hex(`${key} ${timeMs}`).slice(0, 32),
    }
    const quarantine = memoryObjects('quarantine')
    const { account } = await intakeDrop(
      {
        ...{ raw: this.raw, lake: this.lake, quarantine, identityKey: 'k', codeDigest: 'c' },
        configuration: { scenes: { [SCENE]: makeScene() } },
        producerKeys: async () => ({}),
      },
      landed,
    )
    if (account.refused || account.accepted !== account.read)
      throw new Error(JSON.stringify(account))
    return dropManifestKey(SCENE, landed)
  }

  /** Drops an object of documents. Returns the key of its manifest. */
  async drop(name: string, body: string | Uint8Array, afterMs = 2000): Promise<string> {
    this.nowMs += afterMs
    const key = rawKey(SCENE, 'documents', name)
    this.raw.drop(key, body)
    return this.#takeIn(key, this.nowMs)
  }

  /** Divides the documents of a drop. `before` runs before each request. */
  divide(manifestKey: string, before: Before = SURE): Promise<ChunkedDrop> {
    const { raw, lake, section } = this
    const online = this.#online
    const ports = {
      ...{ lake, scene: SCENE },
      raw: {
        ...raw,
        head: async (key: string) => {
          await before()
          return raw.head(key)
        },
        putIfAbsent: async (key: string, body: string | Uint8Array) => {
          await before()
          const isPut = await raw.putIfAbsent(key, body)
          if (isPut) this.written.push({ key, timeMs: ++this.nowMs })
          return isPut
        },
      } as ObjectStore,
      online: {
        get: async (pk: string, sk: string) => {
          await before()
          return online.get(pk, sk)
        },
        putIfUnchanged: async (...given: Parameters<TableStore['putIfUnchanged']>) => {
          await before()
          return online.putIfUnchanged(...given)
        },
      } as TableStore,
      pause: async (ms: number) => {
        this.nowMs += ms
        await before()
      },
    }
    return chunkDrop(ports, section, manifestKey)
  }

  async #newest(kind: 'items' | 'documents'): Promise<EntityRow[]> {
    const newest = new Map<string, EntityRow>()
    for (const { key } of await this.lake.list(cleanEntitiesPrefix(SCENE, kind)))
      for (const row of await readParquet<EntityRow>(await this.lake.get(key))) {
        const known = newest.get(row.id)
        if (!known || isLater(row, known)) newest.set(row.id, row)
      }
    return [...newest.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** The items that hold after intake has read all that was dropped. */
  async items(): Promise<{ id: string; text: string | null; attributes: Attributes }[]> {
    for (const { key, timeMs } of this.written) await this.#takeIn(key, timeMs)
    return (await this.#newest('items'))
      .map(({ id, text, attributes }) => ({ id, text, attributes: JSON.parse(attributes) }))
      .filter(({ attributes }) => attributes[this.section.goneIf] !== true)
  }

  /** The chunks of each document's newest statement. */
  async expected(): Promise<{ id: string; text: string | null; attributes: Attributes }[]> {
    return (await this.#newest('documents'))
      .map((row) => ({ ...row, attributes: JSON.parse(row.attributes) as Attributes }))
      .flatMap((row) => chunkStatements(row, this.section))
      .map(({ digest: _, ...item }) => item)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** Lines of the objects that were dropped from the n-th on, parsed. */
  lines(from = 0): { id: string; attributes: Attributes; text?: string }[] {
    return this.written.slice(from).flatMap(({ key }) =>
      Buffer.from(this.raw.contents.get(key)!.body)
        .toString()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    )
  }

  get prefix(): string {
    return `${rawPrefix(SCENE, 'items')}chunks/`
  }
}
