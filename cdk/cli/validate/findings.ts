import { WARNING_REASONS, type WarningReason } from '../../../functions/contract/events.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { clocks, times } from './clock-findings.ts'
import { crowds, fields, kinds } from './content-findings.ts'
import {
  counted,
  type Finding,
  type Found,
  finding,
  lines,
  number,
  percent,
  type Severity,
} from './finding.ts'
import type { Profile } from './profile.ts'

const ALMOST_ALL = 0.95
const MOST = 0.5
const SOME = 0.05
const MANY_ONE_ITEM = 0.9
/** Objects that break off, or miss a part: what it holds is not known. */
const BREAKS = [
  'truncated_compression',
  'corrupt_compression',
  'trailing_bytes',
  'window_too_large',
  'compression_bomb',
  'wrong_compression_suffix',
  'broken_array',
  'unreadable_parquet',
  'row_group_too_large',
]

/** What may be settled in the scene, by format and finding. */
const HINTS: Readonly<Record<string, string>> = {
  'csv no-impressions':
    '; where every row is something that was done, say everyRow in the mapping and sampling.negatives in the scene, and negatives are drawn',
  'jsonl no-impressions':
    '; where the log holds only what was done, say sampling.negatives in the scene, and negatives are drawn',
  'personalize no-impressions':
    '; where an EVENT_TYPE says that, name it under logs.personalize.impressionEvents of the scene; where none does, say sampling.negatives there, and negatives are drawn',
  'csv unknown-kinds': '; under event of the mapping, or ignored there',
  'personalize unknown-kinds':
    '; under logs.personalize of the scene: impressionEvents, outcomes, or minEventValue for a type that is graded',
  'csv microseconds': '; where the log has them, say so under time.unit of the mapping',
  'csv nanoseconds': '; where the log has them, say so under time.unit of the mapping',
  'access-log orphaned':
    '; other sites refer too: name your own under logs.accessLog.hosts of the scene',
}
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

const RANK: Record<Severity, number> = { serious: 0, warning: 1, note: 2 }

/** What a person should know of the logs, the serious first. */
export function findingsOf(profile: Profile, scene: Scene, nowMs: number): Finding[] {
  return [
    ...records(profile, scene),
    ...clocks(profile, nowMs),
    ...events(profile),
    ...kinds(profile),
    ...crowds(profile),
    ...fields(profile),
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
