import type { Scene } from '../../../functions/contract/scene.ts'
import { floorHour, HOUR_MS } from '../../../functions/contract/time.ts'
import type { Profile, TierVerdict } from './profile.ts'
import { countBeyondLookback, judgeTiers, type Volume } from './tiers.ts'

/** Eleven years of hours. Later hours of longer logs are left out of the volumes. */
const MAX_HOURS = 100_000
const GAP_HOURS = 6
const SHOWN_GAPS = 5

/** Events by hour: the range of time, its gaps, and whether each tier has enough. */
export class Volumes {
  #firstMs = Number.POSITIVE_INFINITY
  #lastMs = Number.NEGATIVE_INFINITY
  readonly #hours = new Map<number, Volume>()

  /** Any accepted event. */
  see(timeMs: number): void {
    this.#firstMs = Math.min(this.#firstMs, timeMs)
    this.#lastMs = Math.max(this.#lastMs, timeMs)
    this.#at(timeMs)
  }
  /** An impression that becomes a sample, not a duplicate or a declared bot's. */
  impression(timeMs: number, weight = 1): void {
    const hour = this.#at(timeMs)
    if (hour) hour.impressions += weight
  }
  positive(timeMs: number, weight: number): void {
    const hour = this.#at(timeMs)
    if (hour) hour.positives += weight
  }

  time(): Profile['time'] {
    const hours = [...this.#hours.keys()].sort((a, b) => a - b)
    const gaps = hours.flatMap((hourMs, i) => {
      const fromMs = i === 0 ? hourMs : hours[i - 1]! + HOUR_MS
      return hourMs - fromMs >= GAP_HOURS * HOUR_MS ? [{ fromMs, throughMs: hourMs }] : []
    })
    const isEmpty = hours.length === 0
    return {
      firstMs: isEmpty ? null : this.#firstMs,
      lastMs: isEmpty ? null : this.#lastMs,
      hoursWithEvents: hours.length,
      hours: isEmpty ? 0 : (floorHour(this.#lastMs) - floorHour(this.#firstMs)) / HOUR_MS + 1,
      gaps: gaps.length,
      longestGaps: gaps
        .sort((a, b) => b.throughMs - b.fromMs - (a.throughMs - a.fromMs) || a.fromMs - b.fromMs)
        .slice(0, SHOWN_GAPS),
    }
  }

  tiers = (scene: Scene): TierVerdict[] => judgeTiers(this.#hours, this.#lastMs, scene)

  beyondLookback = (scene: Scene): number => countBeyondLookback(this.#hours, this.#lastMs, scene)

  #at(timeMs: number): Volume | undefined {
    const hourMs = floorHour(timeMs)
    let hour = this.#hours.get(hourMs)
    if (!hour && this.#hours.size < MAX_HOURS) {
      hour = { impressions: 0, positives: 0 }
      this.#hours.set(hourMs, hour)
    }
    return hour
  }
}
