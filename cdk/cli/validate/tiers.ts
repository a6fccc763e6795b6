import type { Scene } from '../../../functions/contract/scene.ts'
import { DAY_MS, floorDay } from '../../../functions/contract/time.ts'
import type { TierVerdict } from './profile.ts'

/** Counts of an interval: impressions that become samples, and those with an outcome of the objective. */
export interface Volume {
  impressions: number
  positives: number
}
/** Volumes by the start of their hour or day, epoch milliseconds. */
type Volumes = ReadonlyMap<number, Volume>

const number = (value: number): string => Math.round(value).toLocaleString('en-GB')
const counted = (count: number, one: string, more: string): string =>
  `${number(count)} ${Math.round(count) === 1 ? one : more}`

const sumOf = (volumes: Iterable<Volume>): Volume => {
  const sum = { impressions: 0, positives: 0 }
  for (const { impressions, positives } of volumes) {
    sum.impressions += impressions
    sum.positives += positives
  }
  return sum
}

const negativesOf = ({ impressions, positives }: Volume, { sampling }: Scene): number =>
  Math.max(0, impressions - positives) * sampling.negativeRate
/** Samples for training, after the scene's down-sampling of negatives. */
const samplesOf = (volume: Volume, scene: Scene): number =>
  volume.positives + negativesOf(volume, scene)

/** Whether the volume passes the data gates of a full or daily. */
const isTrainable = (volume: Volume, scene: Scene): boolean =>
  samplesOf(volume, scene) >= scene.gates.minRows &&
  volume.positives >= scene.gates.minPositives &&
  negativesOf(volume, scene) >= scene.gates.minNegatives

/** Number of increments that train, if a too small volume joins the next. */
function countIncrements(
  volumes: readonly Volume[],
  isEnough: (volume: Volume) => boolean,
): number {
  let waiting: Volume = sumOf([])
  let increments = 0
  for (const volume of volumes) {
    waiting = sumOf([waiting, volume])
    if (!isEnough(waiting)) continue
    increments++
    waiting = sumOf([])
  }
  return increments
}

function daysOf(hours: Volumes): [dayMs: number, day: Volume][] {
  const days = new Map<number, Volume>()
  for (const [hourMs, hour] of hours) {
    const dayMs = floorDay(hourMs)
    days.set(dayMs, sumOf([days.get(dayMs) ?? sumOf([]), hour]))
  }
  return [...days].sort(([a], [b]) => a - b)
}

/** The first day in the lookback of a full at the end of the log. */
const fullFromMs = (lastMs: number, { tiers }: Scene): number =>
  floorDay(lastMs) + DAY_MS - tiers.full.lookbackDays * DAY_MS

/** Impressions before the lookback of a full at the end of the log. */
export const countBeyondLookback = (hours: Volumes, lastMs: number, scene: Scene): number =>
  sumOf([...hours].flatMap(([ms, hour]) => (ms < fullFromMs(lastMs, scene) ? [hour] : [])))
    .impressions

function judgeFull(days: readonly [number, Volume][], lastMs: number, scene: Scene): TierVerdict {
  const { minRows, minPositives, minNegatives } = scene.gates
  const seen = days.filter(([dayMs]) => dayMs >= fullFromMs(lastMs, scene))
  const whole = sumOf(seen.map(([, day]) => day))
  const samples = counted(samplesOf(whole, scene), 'sample', 'samples')
  return {
    tier: 'full',
    isEnough: isTrainable(whole, scene),
    says: `${samples}, ${number(whole.positives)} of them positive, over ${counted(seen.length, 'day', 'days')}; needed: ${number(minRows)}, at least ${number(minPositives)} positive and ${number(minNegatives)} negative`,
  }
}

/** Dailies begin after the first day at which a full passes the gates. */
function judgeDaily(days: readonly [number, Volume][], scene: Scene): TierVerdict {
  const first = days.findIndex(([, { impressions }], i) => {
    if (impressions === 0) return false
    const fromMs = fullFromMs(days[i]![0], scene)
    const seen = days.slice(0, i + 1).filter(([dayMs]) => dayMs >= fromMs)
    return isTrainable(sumOf(seen.map(([, day]) => day)), scene)
  })
  if (first === -1)
    return { tier: 'daily', isEnough: false, says: 'there is no first model to continue' }
  const later = days.slice(first + 1).map(([, day]) => day)
  const dailies = countIncrements(later, (volume) => isTrainable(volume, scene))
  return {
    tier: 'daily',
    isEnough: dailies > 0,
    says: `${counted(dailies, 'increment', 'increments')} from the ${counted(later.length, 'day', 'days')} after those of the first model; a day with too few samples joins the next`,
  }
}

function judgeHourly(hours: readonly Volume[], scene: Scene, minRows: number): TierVerdict {
  const isEnough = (volume: Volume): boolean => samplesOf(volume, scene) >= minRows
  const good = hours.filter(isEnough).length
  const increments = countIncrements(hours, isEnough)
  return {
    tier: 'hourly',
    isEnough: 2 * good >= hours.length && good > 0,
    says: `${number(good)} of the ${number(hours.length)} hours with events have the ${number(minRows)} samples that an increment needs; a smaller hour joins the next: ${counted(increments, 'increment', 'increments')}`,
  }
}

/** Whether each tier has enough data. `lastMs` is the time of the last event. */
export function judgeTiers(hours: Volumes, lastMs: number, scene: Scene): TierVerdict[] {
  const days = daysOf(hours)
  const inOrder = [...hours].sort(([a], [b]) => a - b).map(([, hour]) => hour)
  const { hourly } = scene.tiers
  return [
    judgeFull(days, lastMs, scene),
    judgeDaily(days, scene),
    ...(hourly ? [judgeHourly(inOrder, scene, hourly.minRows)] : []),
  ]
}
