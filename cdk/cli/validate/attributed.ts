import type { EventRow } from '../../../functions/contract/rows.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { MINUTE_MS } from '../../../functions/contract/time.ts'
import { AdaptiveTable, type Key, keyOf, partOf } from '../../../functions/math/adaptive-table.ts'
import { MAX_SLOTS } from './counts.ts'
import type { Count } from './profile.ts'

const EARLIEST = 0
const LATEST = 1
const IS_LABELLED = 2
/** Outcomes whose impression may follow later in the log. */
const MAX_WAITING = 500_000

interface Waiting {
  key: Key
  timeMs: number
  byRequest: boolean
}

/**
 * Counts the outcomes of the objective that have an impression in the window before them, for any
 * order of lines. Time is cut into buckets of one window. The earliest and latest impression of each
 * key and bucket are enough to decide exactly whether one is in [t - window, t]. When the tables are
 * full, only a sample of keys is followed. Memory: two tables and 500,000 waiting outcomes.
 */
export class Attributed {
  outcomes = 0
  #orphaned = 0
  #positives = 0
  #waiting: Waiting[] = []
  readonly #byRequest = new AdaptiveTable(3, MAX_SLOTS)
  readonly #byUser = new AdaptiveTable(3, MAX_SLOTS)
  readonly #windowMs: number
  readonly #objective: string
  readonly #drawsNegatives: boolean
  readonly #onPositive: (timeMs: number, weight: number) => void

  constructor(
    { outcomes, objective, sampling }: Scene,
    onPositive: (timeMs: number, weight: number) => void,
  ) {
    this.#objective = objective
    // With drawn negatives each outcome is a sample and needs no impression.
    this.#drawsNegatives = sampling.negatives !== undefined
    this.#windowMs = outcomes[objective]!.attributionWindowMinutes * MINUTE_MS
    this.#onPositive = onPositive
  }

  add(row: EventRow): void {
    const { timeMs } = row
    if (row.type === 'impression') {
      if (this.#drawsNegatives) return
      this.#show(this.#byUser, keyOf(`${row.user}\n${row.item}`), timeMs)
      if (row.request !== null)
        this.#show(this.#byRequest, keyOf(`${row.request}\n${row.item}\n${row.user}`), timeMs)
      return
    }
    if (row.outcome !== this.#objective) return
    this.outcomes++
    if (this.#drawsNegatives) {
      this.#positives++
      this.#onPositive(timeMs, 1)
      return
    }
    const byRequest = row.request !== null
    const key = keyOf(
      byRequest ? `${row.request}\n${row.item}\n${row.user}` : `${row.user}\n${row.item}`,
    )
    const waiting = { key, timeMs, byRequest }
    if (this.#match(waiting)) return
    const table = byRequest ? this.#byRequest : this.#byUser
    if (!table.isFollowed(key)) return
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(waiting)
    else this.#orphan(waiting)
  }

  end(): { outcomes: number; orphaned: Count; positives: Count } {
    for (const waiting of this.#waiting) if (!this.#match(waiting)) this.#orphan(waiting)
    this.#waiting = []
    const isExact = this.#byRequest.rate === 1 && this.#byUser.rate === 1
    return {
      outcomes: this.outcomes,
      orphaned: { count: Math.round(this.#orphaned), isExact },
      positives: { count: Math.round(this.#positives), isExact },
    }
  }

  #orphan({ key, byRequest }: Waiting): void {
    const table = byRequest ? this.#byRequest : this.#byUser
    if (table.isFollowed(key)) this.#orphaned += 1 / table.rate
  }

  /** Time as an offset in its bucket, in steps of two milliseconds: 90 days then fit in 32 bits. */
  #offset = (timeMs: number, bucket: number): number =>
    Math.floor((timeMs - bucket * this.#windowMs) / 2)

  #show(table: AdaptiveTable, key: Key, timeMs: number): void {
    const bucket = Math.floor(timeMs / this.#windowMs)
    const offset = this.#offset(timeMs, bucket)
    const { slot, isNew } = table.add(partOf(key, bucket))
    if (slot === -1) return
    if (isNew || offset < table.get(slot, EARLIEST)) table.set(slot, EARLIEST, offset)
    if (isNew || offset > table.get(slot, LATEST)) table.set(slot, LATEST, offset)
  }

  /** Whether an impression is in the window. Its entry is labelled once. */
  #match({ key, timeMs, byRequest }: Waiting): boolean {
    const table = byRequest ? this.#byRequest : this.#byUser
    const bucket = Math.floor(timeMs / this.#windowMs)
    const own = table.find(partOf(key, bucket))
    const before = table.find(partOf(key, bucket - 1))
    const isInOwn = own !== -1 && table.get(own, EARLIEST) <= this.#offset(timeMs, bucket)
    const isInBefore = before !== -1 && table.get(before, LATEST) >= this.#offset(timeMs, bucket)
    if (!isInOwn && !isInBefore) return false
    const slot = isInOwn ? own : before
    if (table.get(slot, IS_LABELLED) === 0) {
      table.set(slot, IS_LABELLED, 1)
      this.#positives += 1 / table.rate
      this.#onPositive(timeMs, 1 / table.rate)
    }
    return true
  }
}
