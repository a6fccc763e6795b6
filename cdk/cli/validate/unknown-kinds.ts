/** A column with more values does not hold event types. */
const MAX_KINDS = 12
/** A value in fewer records could be personal data. */
const LEAST_RECORDS = 20
const REASONS = ['unknown_event_type', 'unknown_outcome']
/** Words only: an id, an address or a name with digits is not an event type. */
const KIND = /got "([\p{L}][\p{L} _./:-]{0,31})"/u

/**
 * Event types that no mapping and no scene knows. The author of the mapping has to name them, so the
 * few values that many records share are printed unmasked.
 */
export class UnknownKinds {
  readonly #counts = new Map<string, number>()

  /** Counts the event type of a quarantined record. */
  see(reason: string, detail: string): void {
    if (!REASONS.includes(reason) || this.#counts.size > MAX_KINDS) return
    const value = KIND.exec(detail)?.[1]
    if (value !== undefined) this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1)
  }

  /** Value → records. Empty if there are too many values. */
  counts(): Record<string, number> {
    if (this.#counts.size > MAX_KINDS) return {}
    return Object.fromEntries([...this.#counts].filter(([, count]) => count >= LEAST_RECORDS))
  }
}
