import { WARNING_REASONS, type WarningReason } from '../../../functions/contract/events.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { DAY_MS, isoSeconds } from '../../../functions/contract/time.ts'
import type { Count, Profile } from './profile.ts'

/**
 * `serious`: training would not take place, would be refused by a gate, or would learn from times
 * that cannot be. `warning`: it would, on less than there seems to be. `note`: good to know.
 */
export type Severity = 'serious' | 'warning' | 'note'
export interface Finding {
  severity: Severity
  /** Names the check; the same whatever the numbers. */
  name: string
  says: string
}

/** Beyond this share of lines a clock is not a slip but wrong. */
const WRONG_CLOCKS = 0.01
/** A share that no honest log has by chance: one in sixty is usual for a minute. */
const ONE_MINUTE = 0.5
const ALMOST_ALL = 0.95
const MOST = 0.5
const SOME = 0.05
const MANY_ONE_ITEM = 0.9
/** Compressed objects that break off: what follows is not known. */
const BREAKS = [
  'truncated_compression',
  'corrupt_compression',
  'trailing_bytes',
  'window_too_large',
  'compression_bomb',
  'wrong_compression_suffix',
]

const number = (value: number): string => value.toLocaleString('en-GB')
const lines = (count: number): string => `${number(count)} ${count === 1 ? 'line' : 'lines'}`
/** What may be settled in the scene, by format and finding. */
const HINTS: Readonly<Record<string, string>> = {
  'csv no-impressions':
    '; where every row is something that was done, say everyRow in the mapping and sampling.negatives in the scene, and negatives are drawn',
  'jsonl no-impressions':
    '; where the log holds only what was done, say sampling.negatives in the scene, and negatives are drawn',
  'personalize no-impressions':
    '; where an EVENT_TYPE says that, name it under logs.personalize.impressionEvents of the scene; where none does, say sampling.negatives there, and negatives are drawn',
  'csv microseconds': '; where the log has them, say so under time.unit of the mapping',
  'csv nanoseconds': '; where the log has them, say so under time.unit of the mapping',
  'access-log orphaned':
    '; other sites refer too: name your own under logs.accessLog.hosts of the scene',
}
const counted = ({ count, isExact }: Count): string => `${isExact ? '' : 'about '}${number(count)}`
export const percent = (share: number): string =>
  `${(100 * share).toFixed(share > 0 && share < 0.001 ? 3 : 1)} %`

type Found = (Finding | null | false)[]
const finding = (severity: Severity, name: string, says: string): Finding => ({
  severity,
  name,
  says,
})

/** What a field loses, for how many. */
const LOSSES: Readonly<Record<WarningReason, (count: string) => string>> = {
  not_a_number: (count) => `${count} optional numbers are no numbers and stay empty`,
  ill_formed_text: (count) =>
    `${count} texts hold half of a surrogate pair: U+FFFD stands in its place`,
}

function records(profile: Profile, scene: Scene): Found {
  const { read, accepted, quarantined, refused, warnings } = profile
  const aside = read - accepted
  const share = read > 0 ? aside / read : 0
  const most = scene.gates.maxInvalidShare
  return [
    ...refused.map(({ file, detail }) => finding('serious', 'refused-file', `${file}: ${detail}`)),
    read === 0 && refused.length === 0 && finding('serious', 'empty', 'there is no record'),
    read > 0 && accepted === 0 && finding('serious', 'nothing-accepted', 'no record is accepted'),
    share > most
      ? finding(
          'serious',
          'quarantine',
          `${percent(share)} of the records would be set aside; the data gate refuses more than ${percent(most)}`,
        )
      : aside > 0 &&
        finding(
          'warning',
          'quarantine',
          `${number(aside)} ${aside === 1 ? 'record' : 'records'} would be set aside (${percent(share)})`,
        ),
    ...WARNING_REASONS.map((reason) => {
      const found = warnings[reason]
      if (found === undefined) return null
      const { file, line, detail } = found.examples[0]!
      const says = `${LOSSES[reason](number(found.count))}, the first at ${file} line ${line}: ${detail}`
      return finding('warning', reason.replaceAll('_', '-'), says)
    }),
    ...BREAKS.map(
      (reason) =>
        quarantined[reason] !== undefined &&
        finding(
          'serious',
          'broken-file',
          `${quarantined[reason].examples[0]!.file}: ${quarantined[reason].examples[0]!.detail}`,
        ),
    ),
  ]
}

function clocks(profile: Profile, nowMs: number): Found {
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

/** Whether a full and a daily have enough to train on. */
const isFit = ({ tiers }: Profile): boolean =>
  tiers.every(({ tier, isEnough }) => tier === 'hourly' || isEnough)

/** What the log says twice. */
function repeats(profile: Profile): Found {
  const { ids, events: made } = profile
  const events = made.impressions + Object.values(made.outcomes).reduce((a, b) => a + b, 0)
  return [
    profile.lines.duplicates.count > 0 &&
      finding(
        'note',
        'duplicate-lines',
        `${counted(profile.lines.duplicates)} lines repeat an earlier one to the byte`,
      ),
    ids.repeated.count > 0 &&
      finding(
        ids.repeated.count > SOME * (made.impressions || events) ? 'warning' : 'note',
        'repeated-events',
        `${counted(ids.repeated)} events have the id, or without one the content, of an earlier one: duplicates, where they are of one hour`,
      ),
  ]
}

/** A log without impressions, whose negatives are drawn. */
function positivesOnly({ accepted, events: made, objective }: Profile, perPositive: number): Found {
  const { count } = objective.positives
  return [
    accepted > 0 &&
      count === 0 &&
      finding(
        'serious',
        'no-positives',
        'no event is an outcome of the objective: there is nothing to predict',
      ),
    count > 0 &&
      finding(
        'note',
        'drawn-negatives',
        `negatives are drawn, ${number(perPositive)} for each of ${number(count)} outcomes of the objective, since the log has no impressions: rates and calibration are those of the draw`,
      ),
    made.impressions > 0 &&
      finding(
        'warning',
        'unused-impressions',
        `${number(made.impressions)} impressions are read and teach nothing: the scene draws negatives (sampling.negatives)`,
      ),
  ]
}

function events(profile: Profile): Found {
  const { events: made, ids, objective, accepted, positionsMissing } = profile
  const drawn = profile.negativesPerPositive
  if (drawn !== null) return [...positivesOnly(profile, drawn), ...repeats(profile)]
  const { impressions } = made
  const { orphaned, positives } = objective
  const orphanShare = objective.outcomes > 0 ? orphaned.count / objective.outcomes : 0
  const withRequest = ids.requests.count
  const oneItem = withRequest > 0 ? ids.oneItemRequests.count / withRequest : 0
  // Where so many are lost, an outcome that is there is likely to stand beside the wrong impression.
  const isBroken = orphanShare > ALMOST_ALL || (orphanShare > SOME && !isFit(profile))
  return [
    accepted > 0 &&
      impressions === 0 &&
      finding(
        'serious',
        'no-impressions',
        'there is no impression: nothing says what was shown and not chosen',
      ),
    impressions > 0 &&
      positives.count === 0 &&
      finding(
        'serious',
        'no-positives',
        'no impression has an outcome of the objective: there is nothing to predict',
      ),
    impressions > 0 &&
      positives.count >= impressions &&
      finding(
        'serious',
        'no-negatives',
        'every impression has the outcome: there is nothing to tell apart',
      ),
    orphaned.count > 0 &&
      finding(
        isBroken ? 'serious' : orphanShare > SOME ? 'warning' : 'note',
        'orphaned',
        `${counted(orphaned)} of ${number(objective.outcomes)} outcomes of the objective (${percent(orphanShare)}) have no impression in the attribution window before them: they label nothing`,
      ),
    ...repeats(profile),
    oneItem > MANY_ONE_ITEM &&
      finding(
        'note',
        'one-item-slates',
        `${counted(ids.oneItemRequests)} of ${counted(ids.requests)} requests (${percent(oneItem)}) show one item: nothing is compared within a slate`,
      ),
    impressions > 0 &&
      positionsMissing > 0 &&
      finding(
        positionsMissing > MOST * impressions ? 'warning' : 'note',
        'positions-missing',
        `${number(positionsMissing)} of ${number(impressions)} impressions have no position: what is due to the place cannot be told from what is due to the item`,
      ),
    profile.lines.declaredBots > 0 &&
      finding(
        'note',
        'declared-bots',
        `${lines(profile.lines.declaredBots)} of agents that say they are bots: closing excludes their events`,
      ),
  ]
}

function catalogue({ unknown, events: made, statements }: Profile): Found {
  const total = made.impressions + Object.values(made.outcomes).reduce((a, b) => a + b, 0)
  return (['items', 'users'] as const).map((kind) => {
    const missing = unknown[kind]
    if (missing === null)
      return kind === 'items' && statements.items === 0
        ? finding('note', 'no-catalogue', 'there is no catalogue: features of items are empty')
        : null
    const share = total > 0 ? missing.count / total : 0
    return (
      missing.count > 0 &&
      finding(
        share > SOME ? 'warning' : 'note',
        `unknown-${kind}`,
        `${counted(missing)} events (${percent(share)}) are of ${kind} that the catalogue does not name`,
      )
    )
  })
}

function times(profile: Profile, scene: Scene, nowMs: number): Found {
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

const RANK: Record<Severity, number> = { serious: 0, warning: 1, note: 2 }

/** What a person should know of the logs, the serious first. */
export function findingsOf(profile: Profile, scene: Scene, nowMs: number): Finding[] {
  return [
    ...records(profile, scene),
    ...clocks(profile, nowMs),
    ...events(profile),
    ...catalogue(profile),
    ...times(profile, scene, nowMs),
  ]
    .filter((found) => found !== null && found !== false)
    .map((found) => ({
      ...found,
      says: found.says + (HINTS[`${profile.format} ${found.name}`] ?? ''),
    }))
    .sort((a, b) => RANK[a.severity] - RANK[b.severity])
}
