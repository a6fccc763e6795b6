import type { ObjectStore } from '../core/objects.ts'
import type { Flaw } from './json-record.ts'
import { MAX_QUARANTINED_BYTES, QUARANTINE_PART_BYTES } from './limits.ts'

/** Where in the unpacked object a record stands. */
export interface Position {
  line: number | null
  byteOffset: number
  length: number
}

const strict = new TextDecoder('utf-8', { fatal: true })

/** The record as it was, so that it can be replayed: text, or base64 where it is no UTF-8. */
function preserve(bytes: Uint8Array): { record: string; encoding: 'utf8' | 'base64' } {
  const held = bytes.subarray(0, MAX_QUARANTINED_BYTES)
  try {
    return { record: strict.decode(held), encoding: 'utf8' }
  } catch {
    return { record: Buffer.from(held).toString('base64'), encoding: 'base64' }
  }
}

/** Records set aside, with reason, position and what they were, in numbered JSON Lines parts. */
export class QuarantineWriter {
  readonly keys: string[] = []
  readonly counts: Record<string, number> = Object.create(null)
  #lines: string[] = []
  #bytes = 0
  readonly #store: ObjectStore
  readonly #keyOf: (part: number) => string

  constructor(store: ObjectStore, keyOf: (part: number) => string) {
    this.#store = store
    this.#keyOf = keyOf
  }

  async add(
    { reason, detail }: Pick<Flaw, 'reason' | 'detail'>,
    position: Position,
    bytes: Uint8Array,
  ): Promise<void> {
    this.counts[reason] = (this.counts[reason] ?? 0) + 1
    const line = `${JSON.stringify({ reason, detail, ...position, ...preserve(bytes) })}\n`
    this.#lines.push(line)
    this.#bytes += line.length
    if (this.#bytes >= QUARANTINE_PART_BYTES) await this.end()
  }

  async end(): Promise<void> {
    if (this.#lines.length === 0) return
    const key = this.#keyOf(this.keys.length)
    await this.#store.put(key, this.#lines.join(''), 'application/x-ndjson')
    this.keys.push(key)
    this.#lines = []
    this.#bytes = 0
  }
}
