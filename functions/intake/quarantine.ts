import type { NotKept, RecordPosition } from '../contract/accounts.ts'
import type { ObjectStore } from '../core/objects.ts'
import type { Flaw } from './json-record.ts'
import {
  MAX_POSITIONS,
  MAX_QUARANTINED_BYTES,
  MIN_QUARANTINE_BYTES,
  QUARANTINE_PART_BYTES,
  QUARANTINE_TIMES,
} from './limits.ts'

/** Keeps a byte order mark, because it belongs to the original record. */
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The original record, so that it can be replayed: text, or base64 if it is not UTF-8. */
function preserve(bytes: Uint8Array): { record: string; encoding: 'utf8' | 'base64' } {
  const held = bytes.subarray(0, MAX_QUARANTINED_BYTES)
  try {
    return { record: strict.decode(held), encoding: 'utf8' }
  } catch {
    return { record: Buffer.from(held).toString('base64'), encoding: 'base64' }
  }
}

/**
 * Writes quarantined records, with reason, position and original, to numbered JSON Lines parts. The
 * budget is QUARANTINE_TIMES the drop's bytes. One reason never takes more than it leaves for the
 * others. Above that, its records are only counted, and the first positions are listed.
 */
export class QuarantineWriter {
  readonly keys: string[] = []
  readonly counts: Record<string, number> = Object.create(null)
  /** By reason: the records in `counts` that are in no part. */
  readonly notKept: Record<string, NotKept> = Object.create(null)
  #taken: Record<string, number> = Object.create(null)
  #left: number
  #lines: string[] = []
  #bytes = 0
  readonly #store: ObjectStore
  readonly #keyOf: (part: number) => string

  constructor(store: ObjectStore, keyOf: (part: number) => string, dropBytes: number) {
    this.#store = store
    this.#keyOf = keyOf
    this.#left = Math.max(MIN_QUARANTINE_BYTES, QUARANTINE_TIMES * dropBytes)
  }

  async add(
    { reason, detail }: Pick<Flaw, 'reason' | 'detail'>,
    position: RecordPosition,
    bytes: Uint8Array,
  ): Promise<void> {
    this.counts[reason] = (this.counts[reason] ?? 0) + 1
    const full = this.notKept[reason]
    if (full) {
      full.count++
      if (full.first.length < MAX_POSITIONS) full.first.push(position)
      return
    }
    const line = `${JSON.stringify({ reason, detail, ...position, ...preserve(bytes) })}\n`
    const lineBytes = Buffer.byteLength(line)
    const taken = (this.#taken[reason] ?? 0) + lineBytes
    if (taken > this.#left - lineBytes) {
      this.notKept[reason] = { count: 1, first: [position] }
      return
    }
    this.#taken[reason] = taken
    this.#left -= lineBytes
    this.#lines.push(line)
    this.#bytes += lineBytes
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
