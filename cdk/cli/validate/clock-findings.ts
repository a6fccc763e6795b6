import type { Scene } from '../../../functions/contract/scene.ts'
import { DAY_MS, isoSeconds } from '../../../functions/contract/time.ts'
import { type Found, finding, lines, number, percent, type Severity } from './finding.ts'
import type { Profile } from './profile.ts'

/** Above this share of lines, the clocks are a serious problem. */
const WRONG_CLOCKS = 0.01
/** One sixtieth is the expected share of a minute. No real log has this share by chance. */
const ONE_MINUTE = 0.5
const MOST = 0.5

/** Findings about the log's clocks. */
export function clocks(profile: Profile, nowMs: number): Found {
  const { clocks: clock, lines: read, time, quarantined } = profile
  const timed = Math.max(1, read.timed)
  const severity = (count: number): Severity =>
    count / timed > WRONG_CLOCKS ? 'serious' : 'warning'
  const inSeconds = quarantined['time_in_seconds']?.count ?? 0
  const { minute, share } = clock.busiestMinute
  return [
    clock.future > 0 &&
      finding(
        severity(clock.future),
        'future',
        `${lines(clock.future)} (${percent(clock.future / timed)}) have a time later than now, ${isoSeconds(nowMs)}`,
      ),
    clock.epoch > 0 &&
      finding(
        severity(clock.epoch),
        'epoch',
        `${lines(clock.epoch)} (${percent(clock.epoch / timed)}) have a time between 1970 and 1973: ${inSeconds > 0 ? 'seconds instead of milliseconds' : 'a clock that was not set, or seconds read as milliseconds'}`,
      ),
    ...(['microseconds', 'nanoseconds'] as const).map(
      (unit) =>
        clock.finer[unit] > 0 &&
        finding(
          severity(clock.finer[unit]),
          unit,
          `${lines(clock.finer[unit])} (${percent(clock.finer[unit] / timed)}) have a time in ${unit} instead of milliseconds: divide by ${unit === 'microseconds' ? '1,000' : '1,000,000'}`,
        ),
    ),
    clock.midnightShare > ONE_MINUTE && time.hours > 48
      ? finding(
          'warning',
          'midnight',
          `${percent(clock.midnightShare)} of the times are midnight: dates without a time of day, so hours and attribution windows have no meaning`,
        )
      : share > ONE_MINUTE &&
        time.hoursWithEvents >= 3 &&
        finding(
          'warning',
          'constant-minute',
          `${percent(share)} of the times are in minute ${minute} of their hour: the minutes are not real, so the order of events within an hour is unknown`,
        ),
    read.outOfOrder > 0 &&
      finding(
        'note',
        'out-of-order',
        `${lines(read.outOfOrder)} (${percent(read.outOfOrder / timed)}) out of order, earlier than the line before: the order has no effect here`,
      ),
  ]
}

export function times(profile: Profile, scene: Scene, nowMs: number): Found {
  const { time, tiers, beyondLookback, events: made } = profile
  const { lookbackDays } = scene.tiers.full
  const beyond = made.impressions > 0 ? beyondLookback / made.impressions : 0
  const ageDays = time.firstMs === null ? 0 : (nowMs - time.firstMs) / DAY_MS
  const [full, daily] = tiers
  return [
    time.gaps > 0 &&
      finding(
        'note',
        'gaps',
        `${time.gaps} gaps of six hours or more without an event, longest ${time.longestGaps
          .slice(0, 3)
          .map((gap) => `${isoSeconds(gap.fromMs)} to ${isoSeconds(gap.throughMs)}`)
          .join(', ')}`,
      ),
    ageDays > scene.maxEventAgeDays &&
      finding(
        'note',
        'old',
        `the oldest event is ${Math.round(ageDays)} days old: npm start replays by the log's own time, but in a drop of today, events older than ${scene.maxEventAgeDays} days would be quarantined`,
      ),
    beyond > 0 &&
      finding(
        beyond > MOST ? 'warning' : 'note',
        'beyond-lookback',
        `${number(beyondLookback)} of ${number(made.impressions)} impressions (${percent(beyond)}) are older than the ${lookbackDays} days of lookback of a full training at the end of the log, which does not learn from them`,
      ),
    full!.isEnough
      ? !daily!.isEnough &&
        finding('serious', 'too-little-daily', `not enough data for a daily: ${daily!.says}`)
      : finding('serious', 'too-little', `not enough data for a first model: ${full!.says}`),
  ]
}
