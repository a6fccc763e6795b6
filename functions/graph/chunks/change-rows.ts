import { CHUNKS_SK, type ChunksRow, chunksPk, chunksRowSchema } from '../../contract/documents.ts'
import type { ObjectStore } from '../../core/objects.ts'
import type { TableStore } from '../../core/tables.ts'

export interface ChangePorts {
  raw: ObjectStore
  online: TableStore
  scene: string
}
/** Whether the change with a raw object was made, was ended, or neither. */
export type Fate = 'made' | 'ended' | 'open'

/** What a row says once its change was made or ended. */
function settled({ stated, next }: ChunksRow, fate: Fate): Omit<ChunksRow, 'n'> {
  if (fate !== 'made' || !next) return stated ? { stated } : {}
  const { key: _, ...made } = next
  return { stated: made }
}

/**
 * Changes the rows of many documents together or not at all, without a lock. Each row first says what will hold (`next`)
 * as soon as the raw object of the change exists. That is put only if absent, so its existence decides, and the next reader of
 * a row can finish the change, or end it by an empty object in its place. As Percolator's primary lock (Peng & Dabek
 * 2010, "Large-scale incremental processing using distributed transactions and notifications", section 2.2).
 */
export class ChangedRows {
  readonly #ports: ChangePorts
  readonly #fates = new Map<string, Fate>()

  constructor(ports: ChangePorts) {
    this.#ports = ports
  }

  /** Once a change was made or ended, it stays so. */
  async fateOf(key: string): Promise<Fate> {
    const known = this.#fates.get(key)
    if (known) return known
    const info = await this.#ports.raw.head(key)
    if (info === null) return 'open'
    const fate = info.bytes > 0 ? 'made' : 'ended'
    this.#fates.set(key, fate)
    return fate
  }

  /** Makes a change, unless it was made or ended before. Returns whether this call made it. */
  make(key: string, body: string): Promise<boolean> {
    return this.#ports.raw.putIfAbsent(key, body, 'application/x-ndjson')
  }

  /**
   * A document's row without a change of another writer: one that was made is finished, an open one is ended. The change
   * `own` stays while it is open.
   */
  async settle(document: string, own: string): Promise<ChunksRow | null> {
    for (;;) {
      const row = await this.#read(document)
      if (!row?.next) return row
      const { key } = row.next
      let fate = await this.fateOf(key)
      if (fate === 'open' && key === own) return row
      if (fate === 'open') {
        await this.make(key, '')
        fate = await this.fateOf(key)
      }
      const done = await this.replace(document, row, settled(row, fate))
      if (done) return done
    }
  }

  /** Puts a row in the place of another one, or of none. Returns null if a third one is there. */
  async replace(
    document: string,
    before: ChunksRow | null,
    change: Omit<ChunksRow, 'n'>,
  ): Promise<ChunksRow | null> {
    const { online, scene } = this.#ports
    const row = { n: (before?.n ?? 0) + 1, ...change }
    const expected = before && { n: before.n }
    const isPut = await online.putIfUnchanged(chunksPk(scene, document), CHUNKS_SK, row, expected)
    return isPut ? row : null
  }

  async #read(document: string): Promise<ChunksRow | null> {
    const { online, scene } = this.#ports
    const row = await online.get(chunksPk(scene, document), CHUNKS_SK)
    return row && chunksRowSchema.parse(row)
  }
}
