import { WARNING_REASONS, type WarningReason } from '../../../functions/contract/events.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { clocks, times } from './clock-findings.ts'
import { contexts, crowds, fields, kinds } from './content-findings.ts'
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
/** Reasons of incomplete objects, whose missing content is unknown. */
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

/** Advice by format and finding, for problems that a setting solves. */
const HINTS: Readonly<Record<string, string>> = {
  'csv no-impressions':
    '; if every row is an outcome, set everyRow in the mapping and sampling.negatives in the scene to draw negatives',
  'jsonl no-impressions':
    '; if the log has only outcomes, set sampling.negatives in the scene to draw negatives',
  'personalize no-impressions':
    '; if an EVENT_TYPE means an impression, name it under logs.personalize.impressionEvents of the scene; else set sampling.negatives there to draw negatives',
  'csv unknown-kinds': '; under event of the mapping, or ignored there',
  'personalize unknown-kinds':
    '; under logs.personalize of the scene: impressionEvents, outcomes, or minEventValue for a graded type',
  'csv microseconds': '; if the log has them, set time.unit of the mapping',
  'csv nanoseconds': '; if the log has them, set time.unit of the mapping',
  'access-log orphaned':
    '; referers of other sites count too: name your own hosts under logs.accessLog.hosts of the scene',
}
/** Sentences about fields that lose their value. */
const LOSSES: Readonly<Record<WarningReason, (count: string) => string>> = {
  not_a_number: (count) => `${count} optional fields are not numbers and stay empty`,
  ill_formed_text: (count) => `${count} texts hold half of a surrogate pair, which U+FFFD replaces`,
}

function records(profile: Profile, scene: Scene): Found {
  const { read, accepted, quarantined, refused, warnings } = profile
  const aside = read - accepted
  const share = read > 0 ? aside / read : 0
  const most = scene.gates.maxInvalidShare
  return [
    ...refused.map(({ file, detail }) => finding('serious', 'refused-file', `${file}: ${detail}`)),
    read === 0 && refused.length === 0 && finding('serious', 'empty', 'the log has no record'),
    read > 0 && accepted === 0 && finding('serious', 'nothing-accepted', 'no record is accepted'),
    share > most
      ? finding(
          'serious',
          'quarantine',
          `${percent(share)} of the records would be quarantined; the data gate refuses more than ${percent(most)}`,
        )
      : aside > 0 &&
        finding(
          'warning',
          'quarantine',
          `${number(aside)} ${aside === 1 ? 'record' : 'records'} would be quarantined (${percent(share)})`,
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

/** Whether a full and a daily have enough data. */
const isFit = ({ tiers }: Profile): boolean =>
  tiers.every(({ tier, isEnough }) => tier === 'hourly' || isEnough)

/** Findings about repetitions. */
function repeats(profile: Profile): Found {
  const { ids, events: made } = profile
  const events = made.impressions + Object.values(made.outcomes).reduce((a, b) => a + b, 0)
  return [
    profile.lines.duplicates.count > 0 &&
      finding(
        'note',
        'duplicate-lines',
        `${counted(profile.lines.duplicates)} lines are byte-identical to an earlier line`,
      ),
    ids.repeated.count > 0 &&
      finding(
        ids.repeated.count > SOME * (made.impressions || events) ? 'warning' : 'note',
        'repeated-events',
        `${counted(ids.repeated)} events repeat the id, or without an id the content, of an earlier event: within one hour they are duplicates`,
      ),
  ]
}

/** Findings about a log without impressions, whose negatives are drawn. */
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
        `negatives are drawn, ${number(perPositive)} for each of ${number(count)} outcomes of the objective, since the log has no impressions: rates and calibration depend on this number`,
      ),
    made.impressions > 0 &&
      finding(
        'warning',
        'unused-impressions',
        `${number(made.impressions)} impressions are read but not used for training: the scene draws negatives (sampling.negatives)`,
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
  // If so many outcomes match nothing, the others probably match a wrong impression.
  const isBroken = orphanShare > ALMOST_ALL || (orphanShare > SOME && !isFit(profile))
  return [
    accepted > 0 &&
      impressions === 0 &&
      finding(
        'serious',
        'no-impressions',
        'there is no impression, so items that were shown but not chosen are unknown',
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
        'every impression has the outcome, so there are no negatives to learn from',
      ),
    orphaned.count > 0 &&
      finding(
        isBroken ? 'serious' : orphanShare > SOME ? 'warning' : 'note',
        'orphaned',
        `${counted(orphaned)} of ${number(objective.outcomes)} outcomes of the objective (${percent(orphanShare)}) have no impression in the attribution window before them, so they label no sample`,
      ),
    ...repeats(profile),
    oneItem > MANY_ONE_ITEM &&
      finding(
        'note',
        'one-item-slates',
        `${counted(ids.oneItemRequests)} of ${counted(ids.requests)} requests (${percent(oneItem)}) show one item, so no items are compared within a slate`,
      ),
    impressions > 0 &&
      positionsMissing > 0 &&
      finding(
        positionsMissing > MOST * impressions ? 'warning' : 'note',
        'positions-missing',
        `${number(positionsMissing)} of ${number(impressions)} impressions have no position, so the effect of the position cannot be separated from the item's`,
      ),
    profile.lines.declaredBots > 0 &&
      finding(
        'note',
        'declared-bots',
        `${lines(profile.lines.declaredBots)} have an agent that declares itself a bot: closing excludes their events`,
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
        `${counted(missing)} events (${percent(share)}) have ${kind} that are not in the catalogue`,
      )
    )
  })
}

const RANK: Record<Severity, number> = { serious: 0, warning: 1, note: 2 }

/** All findings about the logs, the serious ones first. */
export function findingsOf(profile: Profile, scene: Scene, nowMs: number): Finding[] {
  return [
    ...records(profile, scene),
    ...clocks(profile, nowMs),
    ...events(profile),
    ...kinds(profile),
    ...crowds(profile),
    ...fields(profile),
    ...contexts(profile),
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
