import type { Part } from '../../../functions/contract/part.ts'
import type { HoldRow } from '../../../functions/contract/registry.ts'
import { isoSeconds } from '../../../functions/contract/time.ts'
import type { Interval } from '../../../functions/contract/training.ts'
import { describeFeature } from '../../../functions/features/describe.ts'
import type { Excluded } from '../../../functions/release/exclude.ts'
import type { Explanation } from '../../../functions/release/explain.ts'
import type { Forgotten } from '../../../functions/release/forget.ts'
import type { Lineage, LineageLine } from '../../../functions/release/lineage.ts'
import type { FeatureLine } from '../../../functions/release/list-features.ts'
import type { StatementMade } from '../../../functions/release/make-statement.ts'
import type { Promoted } from '../../../functions/release/promote.ts'
import type { RolledBack, Withdrawn } from '../../../functions/release/rollback.ts'
import type { RunStarted } from '../../../functions/release/start-run.ts'
import { formatCount, formatScore, formatTable } from '../table.ts'
import { printErased, printErasing } from './print-erasure.ts'

const minute = (timeMs: number): string => isoSeconds(timeMs).replace(/:00Z$/, 'Z')
const span = ({ fromMs, throughMs }: Interval): string =>
  `${minute(fromMs)} to ${minute(throughMs)}`
const indented = (text: string): string => text.replaceAll(/^/gm, '  ')

/** Until the next full training. */
const ERASED = {
  no: '',
  learned: ', learned from an erased person',
  inherited: ', continues one that learned from an erased person',
} as const

function linesOf(title: string, lines: readonly LineageLine[]): string[] {
  if (lines.length === 0) return []
  const rows = lines.map((line) => [
    line.version,
    line.arm,
    span({ fromMs: line.dataFromMs, throughMs: line.dataThroughMs }),
    formatCount(line.rows),
    `${line.status}${line.collectedMs === null ? '' : ', model collected'}${ERASED[line.erased ?? 'no']}`,
    line.reason,
  ])
  return [
    '',
    title,
    indented(formatTable(['version', 'role', 'data', 'rows', 'status', 'because'], rows)),
  ]
}

function printLineage({
  current,
  chain,
  older,
  base,
  siblings,
  candidates,
  ...rest
}: Lineage): string {
  const canary = current?.canary
  const head = !current
    ? 'nothing is served yet'
    : current.version === null
      ? `nothing is served: release ${current.sequence} was withdrawn at ${minute(current.flippedMs)}`
      : `release ${current.sequence} (${current.version}) has been served since ${minute(current.flippedMs)}`
  const trial = canary
    ? [
        `release ${canary.sequence} (${canary.version}) has been on trial for ${formatCount(100 * canary.share)} % of the users since ${minute(canary.sinceMs)}`,
      ]
    : []
  return [
    head,
    ...trial,
    ...linesOf('its chain, newest first:', chain),
    ...(older > 0 ? [`  … and ${older} older versions: --limit shows more`] : []),
    ...linesOf('its model is a delta to the base:', base ? [base] : []),
    ...linesOf('other versions with the same parent:', siblings),
    ...linesOf('candidates:', candidates),
    ...rest.holds.map(
      (hold) => `\nfrozen since ${minute(hold.sinceMs)}: ${hold.subject}: ${hold.reason}`,
    ),
    ...rest.exclusions.map((row) => `\nexcluded: ${span(row)}: ${row.reason}`),
  ].join('\n')
}

/** A part by its SHA-256; one whose content moves by what its content means. */
const partLine = (
  name: string,
  { key, sha256, generation }: Pick<Part, 'key' | 'sha256' | 'generation'>,
): string =>
  `${name.padEnd(10)}  ${key}  ${sha256 ? `SHA-256 ${sha256}` : `generation ${generation}`}`

function printExplanation(found: Explanation): string {
  const { release, decisions, verdicts, scores, data } = found
  const place = found.isServed
    ? 'served now'
    : found.isOnTrial
      ? 'on trial'
      : found.missing
        ? `not served, and cannot be: the model of ${found.missing} was collected`
        : 'not served, but can be served again'
  const parts = Object.entries(release.parts).flatMap(([name, { base, ...part }]) => [
    partLine(name, part),
    ...(base ? [partLine(`${name} base`, base)] : []),
  ])
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', title, indented(lines.join('\n'))]
  return [
    `release ${release.sequence}: ${release.version} (${found.status}), ${place}`,
    ...parts.map(indented),
    ...section(
      'why:',
      decisions.map(({ timeMs, kind, reason }) => `${minute(timeMs)}  ${kind}: ${reason}`),
    ),
    ...section(
      'results of the gates:',
      verdicts.map(
        ({ gate, passed, reason }) => `${passed ? 'passed' : 'FAILED'}  ${gate}: ${reason}`,
      ),
    ),
    ...section(
      'scores on the next intervals, before any training on them:',
      scores.map(
        (row) =>
          `${span({ fromMs: row.dataFromMs, throughMs: row.dataThroughMs })}  ${formatCount(row.scores.rows)} rows, AUC ${formatScore(row.scores.auc)}, log loss ${formatScore(row.scores.logLoss)}`,
      ),
    ),
    ...section(
      'training data, from this version to its root:',
      data.map(
        (version) =>
          `${version.version}  ${span(version)}  ${formatCount(version.rows)} rows, ${formatCount(version.positives)} positives  manifest ${version.manifestDigest.slice(0, 16)}…${version.exclusions.map((gap) => `  without ${span(gap)}`).join('')}`,
      ),
    ),
  ].join('\n')
}

const formatPercent = (percent: number | null): string =>
  percent === null ? '–' : percent.toFixed(2)

function printFeatures({ features }: { features: FeatureLine[] }): string {
  const rows = features.map((line) => [
    line.name,
    describeFeature(line.definition),
    line.values,
    `${line.generation.join(' ') || '–'}${line.isReady ? '' : ', not ready'}`,
    line.ageHours === null ? '–' : `${line.ageHours.p50} / ${line.ageHours.p95}`,
    formatPercent(line.missingPercent),
    formatPercent(line.equalPercent),
    formatScore(line.importance),
    line.readBy.join(' ') || '–',
  ])
  const head = ['feature', 'definition', 'values', 'generation', 'age p50 / p95, h']
  const measured = ['missing %', 'equal %', 'importance', 'read by']
  return formatTable([...head, ...measured], rows)
}

function printStatement({ statement, madeMs, verdicts, overridden }: StatementMade): string {
  const { kind, subject, id, item, untilMs, reason, ...window } = statement
  const on = item === undefined ? '' : ` on ${item}`
  const rows = verdicts.map((row) => [
    span(row),
    row.action,
    row.reason,
    (JSON.parse(row.detectors) as string[]).join(' ') || 'an operator',
  ])
  return [
    `${subject} ${id}${on}: ${kind === 'flag' ? 'flagged' : 'cleared'} for events from ${span(window)}, until ${minute(untilMs)}: ${reason}`,
    madeMs === null
      ? 'nothing was screened yet: the first screening takes it'
      : `the verdicts of ${minute(madeMs)} have it`,
    ...(kind === 'clear' ? [`verdicts of detectors that it overrides: ${overridden}`] : []),
    ...(rows.length > 0
      ? [indented(formatTable(['events', 'action', 'reason', 'found by'], rows))]
      : []),
  ].join('\n')
}

/** Verb → its answer as text. */
export const PRINTERS: Readonly<Record<string, (answer: never) => string>> = {
  lineage: printLineage,
  explain: printExplanation,
  features: printFeatures,
  promote: ({ from, to, version, over }: Promoted) =>
    `release ${to} (${version}) is served instead of release ${from}${over ? `, although a gate refused it: ${over}` : ''}`,
  rollback: (answer: RolledBack | Withdrawn) =>
    'withdrawn' in answer
      ? `the trial of release ${answer.withdrawn} (${answer.version}) has ended: all users get release ${answer.served}`
      : `release ${answer.to} (${answer.version}) is served again instead of release ${answer.from}`,
  freeze: ({ subject, reason }: HoldRow) => `${subject} is frozen: ${reason}`,
  thaw: ({ subject }: HoldRow) => `${subject} runs again`,
  exclude: ({ refused, regrows, ...interval }: Excluded) =>
    [
      `${span(interval)} is excluded`,
      ...(refused.length > 0 ? [`refused: ${refused.join(', ')}`] : []),
      regrows.length === 0
        ? 'no version had learned from it, so no run is needed'
        : `the lineage is rebuilt without it: runs of these tiers are started: ${regrows.join(', ')}`,
    ].join('\n'),
  flag: printStatement,
  clear: printStatement,
  forget: ({ user, rows, vectors, untilMs }: Forgotten) =>
    [
      `user ${user}: ${formatCount(rows)} online rows and ${formatCount(vectors)} stored vectors are deleted`,
      `events from before now are left out of training until ${minute(untilMs)}`,
    ].join('\n'),
  erase: printErased,
  run: ({ tier, scheduledTime, execution, isNew }: RunStarted) =>
    `the run of the ${tier} tier as of ${scheduledTime} ${isNew ? 'is started' : 'was started before'}: execution ${execution}`,
}

/** Verb that is called repeatedly → one line of each answer but the last. */
export const PROGRESS: Readonly<Record<string, (answer: never) => string>> = {
  erase: printErasing,
}
