/** More values than these are no kinds of event: the column holds something else. */
const MAX_KINDS = 12
/** What fewer records say may be about somebody. */
const LEAST_RECORDS = 20
const REASONS = ['unknown_event_type', 'unknown_outcome']
/** Words: an id, an address or a name with digits is no kind of event. */
const KIND = /got "([\p{L}][\p{L} _./:-]{0,31})"/u

/**
 * Values of the event type that no mapping and no scene knows. A person who writes the mapping has to
 * name them, so the few values that many records share are shown unmasked.
 */
export class UnknownKinds {
  readonly #counts = new Map<string, number>()

  /** Notes what a record that is quarantined says that it is. */
  see(reason: string, detail: string): void {
    if (!REASONS.includes(reason) || this.#counts.size > MAX_KINDS) return
    const value = KIND.exec(detail)?.[1]
    if (value !== undefined) this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1)
  }

  /** Value → records; none where there are too many values. */
  counts(): Record<string, number> {
    if (this.#counts.size > MAX_KINDS) return {}
    return Object.fromEntries([...this.#counts].filter(([, count]) => count >= LEAST_RECORDS))
  }
}
