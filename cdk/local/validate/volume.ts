import type { Scene } from '../../../functions/contract/scene.ts'
import { DAY_MS, floorDay, floorHour, HOUR_MS } from '../../../functions/contract/time.ts'
import type { Profile, TierVerdict } from './profile.ts'

/** Eleven years of hours; of logs that span more, the hours beyond are left out of the volumes. */
const MAX_HOURS = 100_000
const GAP_HOURS = 6
const SHOWN_GAPS = 5

interface Volume {
  impressions: number
  positives: number
}
const number = (value: number): string => Math.round(value).toLocaleString('en-GB')

/** Samples that training would see: negatives are down-sampled as the scene says. */
const samplesOf = ({ impressions, positives }: Volume, { sampling }: Scene): number =>
  positives + Math.max(0, impressions - positives) * sampling.negativeRate

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
  /** An impression that becomes a sample: no duplicate, no declared bot's. */
  impression(timeMs: number): void {
    const hour = this.#at(timeMs)
    if (hour) hour.impressions++
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

  tiers(scene: Scene): TierVerdict[] {
    const { gates, tiers } = scene
    const days = new Map<number, Volume>()
    for (const [hourMs, { impressions, positives }] of this.#hours) {
      const day = days.get(floorDay(hourMs)) ?? { impressions: 0, positives: 0 }
      day.impressions += impressions
      day.positives += positives
      days.set(floorDay(hourMs), day)
    }
    const byDay = [...days].sort(([a], [b]) => a - b)
    const fullFromMs = floorDay(this.#lastMs) + DAY_MS - tiers.full.lookbackDays * DAY_MS
    const looked = byDay.filter(([dayMs]) => dayMs >= fullFromMs)
    const whole = looked.reduce(
      (sum, [, day]) => ({
        impressions: sum.impressions + day.impressions,
        positives: sum.positives + day.positives,
      }),
      { impressions: 0, positives: 0 },
    )
    const samples = samplesOf(whole, scene)
    const negatives = whole.impressions - whole.positives
    const verdicts: TierVerdict[] = [
      {
        tier: 'full',
        isEnough: samples >= gates.minRows && whole.positives >= 1 && negatives >= 1,
        says: `${number(samples)} ${samples === 1 ? 'sample' : 'samples'}, ${number(whole.positives)} of them positive, over ${looked.length} ${looked.length === 1 ? 'day' : 'days'}; it takes ${number(gates.minRows)}, of both labels`,
      },
    ]
    const enough = (volumes: Iterable<Volume>, least: number): number =>
      [...volumes].filter((volume) => samplesOf(volume, scene) >= least).length
    const later = byDay.slice(1).map(([, day]) => day)
    const goodDays = enough(later, gates.minRows)
    verdicts.push({
      tier: 'daily',
      isEnough: goodDays > 0,
      says: `${goodDays} of the ${later.length} days after the first have the ${number(gates.minRows)} samples that an increment takes; a smaller day joins the next`,
    })
    if (tiers.hourly) {
      const goodHours = enough(this.#hours.values(), tiers.hourly.minRows)
      verdicts.push({
        tier: 'hourly',
        isEnough: 2 * goodHours >= this.#hours.size && goodHours > 0,
        says: `${number(goodHours)} of the ${number(this.#hours.size)} hours with events have the ${number(tiers.hourly.minRows)} samples that an increment takes; a smaller hour joins the next`,
      })
    }
    return verdicts
  }

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
