import type { Scene } from '../../../functions/contract/scene.ts'
import { DAY_MS, isoSeconds } from '../../../functions/contract/time.ts'
import { type Found, finding, lines, number, percent, type Severity } from './finding.ts'
import type { Profile } from './profile.ts'

/** Beyond this share of lines a clock is not a slip but wrong. */
const WRONG_CLOCKS = 0.01
/** A share that no honest log has by chance: one in sixty is usual for a minute. */
const ONE_MINUTE = 0.5
const MOST = 0.5

/** What the log's clocks show. */
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
        `${lines(clock.future)} (${percent(clock.future / timed)}) of a time later than now, ${isoSeconds(nowMs)}`,
      ),
    clock.epoch > 0 &&
      finding(
        severity(clock.epoch),
        'epoch',
        `${lines(clock.epoch)} (${percent(clock.epoch / timed)}) of 1970 to 1973: ${inSeconds > 0 ? 'seconds where milliseconds belong' : 'a clock that was not set, or seconds taken for milliseconds'}`,
      ),
    ...(['microseconds', 'nanoseconds'] as const).map(
      (unit) =>
        clock.finer[unit] > 0 &&
        finding(
          severity(clock.finer[unit]),
          unit,
          `${lines(clock.finer[unit])} (${percent(clock.finer[unit] / timed)}) of a time in ${unit} where milliseconds belong: divide by ${unit === 'microseconds' ? '1,000' : '1,000,000'}`,
        ),
    ),
    clock.midnightShare > ONE_MINUTE && time.hours > 48
      ? finding(
          'warning',
          'midnight',
          `${percent(clock.midnightShare)} of the times are midnight: dates without a time of day; hours and attribution windows mean nothing`,
        )
      : share > ONE_MINUTE &&
        time.hoursWithEvents >= 3 &&
        finding(
          'warning',
          'constant-minute',
          `${percent(share)} of the times are in minute ${minute} of their hour: the minutes are not the events' own, and what follows what within the hour is not told`,
        ),
    read.outOfOrder > 0 &&
      finding(
        'note',
        'out-of-order',
        `${lines(read.outOfOrder)} (${percent(read.outOfOrder / timed)}) out of order, earlier than the line before: order does not matter here`,
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
        `${time.gaps} times nothing happened for six hours or more, longest ${time.longestGaps
          .slice(0, 3)
          .map((gap) => `${isoSeconds(gap.fromMs)} to ${isoSeconds(gap.throughMs)}`)
          .join(', ')}`,
      ),
    ageDays > scene.maxEventAgeDays &&
      finding(
        'note',
        'old',
        `the oldest event is ${Math.round(ageDays)} days old: npm start replays by the log's own time, but a drop today would set events older than ${scene.maxEventAgeDays} days aside`,
      ),
    beyond > 0 &&
      finding(
        beyond > MOST ? 'warning' : 'note',
        'beyond-lookback',
        `${number(beyondLookback)} of ${number(made.impressions)} impressions (${percent(beyond)}) are older than the ${lookbackDays} days that a full training at the end of the log looks back over: it does not learn from them`,
      ),
    full!.isEnough
      ? !daily!.isEnough &&
        finding('serious', 'too-little-daily', `too little for a daily: ${daily!.says}`)
      : finding('serious', 'too-little', `too little for a first model: ${full!.says}`),
  ]
}
