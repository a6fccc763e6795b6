import type { EventRow } from '../../../functions/contract/rows.ts'
import { AdaptiveTable, keyOf } from '../../../functions/math/adaptive-table.ts'
import { countOf, MAX_SLOTS, weighed } from './counts.ts'
import type { Count, Profile } from './profile.ts'

/** Counts events by entity, and those of entities that are not in the catalogue. */
class Entities {
  readonly #asked = new AdaptiveTable(1, MAX_SLOTS)
  readonly #known = new AdaptiveTable(0, MAX_SLOTS)

  ask(id: string): void {
    const { slot } = this.#asked.add(keyOf(id))
    if (slot !== -1) this.#asked.set(slot, 0, this.#asked.get(slot, 0) + 1)
  }
  know(id: string): void {
    this.#known.add(keyOf(id))
  }

  /** Events of the most frequent entity. */
  most(): number {
    let most = 0
    for (const { slot } of this.#asked.entries()) most = Math.max(most, this.#asked.get(slot, 0))
    return most
  }

  /** Events whose entity is unknown. Null without a catalogue. */
  unknown(): Count | null {
    if (this.#known.size === 0) return null
    const coarser = this.#known.rate < this.#asked.rate ? this.#known : this.#asked
    let events = 0
    for (const { key, slot } of this.#asked.entries())
      if (this.#known.isFollowed(key) && this.#known.find(key) === -1)
        events += this.#asked.get(slot, 0)
    return countOf(events, coarser)
  }
}

/** Checks of accepted events and statements: ids, slates, missing fields, gaps of the catalogue. */
export class EventChecks {
  readonly items = new Entities()
  readonly users = new Entities()
  readonly #events: Profile['events'] = { impressions: 0, outcomes: {} }
  #positionsMissing = 0
  #propensitiesMissing = 0
  #withoutRequest = 0
  #repeated = 0
  readonly #ids = new AdaptiveTable(0, MAX_SLOTS)
  readonly #requests = new AdaptiveTable(1, MAX_SLOTS)

  /** Returns whether the event is a repetition. */
  add(row: EventRow): boolean {
    const { slot, isNew } = this.#ids.add(keyOf(row.event))
    const isRepeated = slot !== -1 && !isNew
    if (isRepeated) this.#repeated += 1 / this.#ids.rate
    this.items.ask(row.item)
    this.users.ask(row.user)
    if (row.type === 'outcome') {
      const { outcomes } = this.#events
      outcomes[row.outcome!] = (outcomes[row.outcome!] ?? 0) + 1
      return isRepeated
    }
    this.#events.impressions++
    if (row.position === null) this.#positionsMissing++
    if (row.propensity === null) this.#propensitiesMissing++
    if (row.request === null) this.#withoutRequest++
    else if (!isRepeated) {
      const request = this.#requests.add(keyOf(row.request)).slot
      if (request !== -1) this.#requests.set(request, 0, this.#requests.get(request, 0) + 1)
    }
    return isRepeated
  }

  end(): Pick<
    Profile,
    'events' | 'ids' | 'positionsMissing' | 'propensitiesMissing' | 'unknown' | 'most'
  > {
    let single = 0
    for (const { slot } of this.#requests.entries()) if (this.#requests.get(slot, 0) === 1) single++
    return {
      events: this.#events,
      ids: {
        repeated: weighed(this.#repeated, this.#ids),
        requests: countOf(this.#requests.size, this.#requests),
        oneItemRequests: countOf(single, this.#requests),
        withoutRequest: this.#withoutRequest,
      },
      positionsMissing: this.#positionsMissing,
      propensitiesMissing: this.#propensitiesMissing,
      unknown: { items: this.items.unknown(), users: this.users.unknown() },
      most: { item: this.items.most(), user: this.users.most() },
    }
  }
}
