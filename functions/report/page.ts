import { sumReasons } from '../closing/drop-sums.ts'
import type { FreshResult } from '../contract/fresh.ts'
import type { RunTimes, StageUsage } from '../contract/summary.ts'
import { dateOf } from '../contract/time.ts'
import { drawClosedDays, drawReasons } from './balances.ts'
import type { Findings } from './collect.ts'
import { decisionList, turnedDownTable } from './decisions.ts'
import { escapeHtml, formatNumber, STYLE, table } from './document.ts'
import { drawFresh } from './fresh.ts'
import { drawFreshness, freshnessTable, measureFreshness } from './freshness.ts'
import { drawLineage } from './lineage.ts'
import { type Poison, poisonTable } from './poison.ts'
import { drawQuality } from './quality.ts'
import { dropOldHours, HOURLY_LOOKBACK_DAYS } from './recent.ts'
import { servedSpans } from './served.ts'
import { sayRanking, versionTable } from './versions.ts'

const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0)

function tiles(findings: Findings): string {
  const quarantined = sumReasons(findings.drops.map((drop) => drop.quarantined))
  const read = sum(findings.drops.map((drop) => drop.read))
  const entries: [string, string][] = [
    ...findings.scenes.map((scene): [string, string] => {
      const current = findings.current[scene]
      return [current ? current.version : 'none', `release served, ${scene}`]
    }),
    [formatNumber(findings.drops.length), 'drops'],
    [formatNumber(read), 'records read'],
    [formatNumber(sum(Object.values(quarantined))), 'quarantined, with reason'],
    [formatNumber(sum(findings.hours.map((hour) => hour.kept))), 'events kept'],
    [formatNumber(findings.versions.length), 'model versions'],
    [
      formatNumber(findings.releases.filter(({ kind }) => kind === 'flip').length),
      'releases flipped to',
    ],
  ]
  return `<div class="tiles">${entries
    .map(
      ([value, name]) =>
        `<div class="tile${value.length > 12 ? ' wide' : ''}"><b>${escapeHtml(value)}</b><span>${escapeHtml(name)}</span></div>`,
    )
    .join('')}</div>`
}

const stageTable = (stages: Readonly<Record<string, StageUsage>>): string =>
  table(
    [
      'stage',
      'invocations',
      'failed',
      'seconds',
      'peak MiB',
      'S3 requests',
      'S3 MB out',
      'DynamoDB requests',
    ],
    Object.entries(stages).map(([stage, usage]) => [
      stage,
      usage.invocations,
      usage.failures,
      Number(usage.seconds.toFixed(1)),
      Math.round(usage.peakMemoryMiB),
      usage.s3.requests,
      Number((usage.s3.bytesOut / 1e6).toFixed(1)),
      usage.dynamodb.requests,
    ]),
  )

/** Quarantined records that quarantine keeps no copy of. */
function notKeptNote(drops: Findings['drops']): string {
  const count = sum(
    drops.flatMap(({ notKept = {} }) => Object.values(notKept).map((reason) => reason.count)),
  )
  if (count === 0) return ''
  return `<p class="quiet">${formatNumber(count)} of them are counted and not kept, since a drop has a share of quarantine: its account says where in the raw object the first of them are.</p>`
}

/** What is known besides what the run left: the configured bounds, and what only one machine can tell. */
export interface Measured {
  poison?: Poison
  runs?: readonly RunTimes[]
  stages?: Readonly<Record<string, StageUsage>>
  /** An experiment's result, to be shown beside them. */
  fresh?: FreshResult | null
}

/** Quality, lineage and freshness of one scene. */
function sceneSections(findings: Findings, scene: string, { poison, runs = [] }: Measured): string {
  const versions = findings.versions.filter((version) => version.scene === scene)
  const decisions = findings.releases.filter((decision) => decision.scene === scene)
  const spans = servedSpans(versions, decisions)
  const endMs = Math.max(findings.dataThroughMs ?? 0, ...decisions.map(({ timeMs }) => timeMs))
  const of = findings.scenes.length > 1 ? `, ${escapeHtml(scene)}` : ''
  const bound = poison?.[scene]
  const ranking = sayRanking(versions)
  return `<h2>Quality over time${of}</h2>
<p>Each point is a model on the interval that followed its data, scored before anything was trained on that interval. The dashed line is a model that knows nothing (normalized entropy 1, AUC 0.5), or perfect calibration; a dotted upright one is a relapse or a rollback. Chain and base are compared on the same rows.</p>
${drawQuality(versions, decisions)}
${ranking ? `<p>Ranking: ${escapeHtml(ranking)}.</p>` : ''}
<h2>Lineage${of}</h2>
<p>One row for each full or daily: the data it was trained on, then the hours of the chain that was grown on it; the line beneath says when it was served to all, and steps down where the chain was regrown on the next. Point at a cell for its numbers.</p>
${versions.length > 0 ? drawLineage(versions, decisions) : '<p class="quiet">No version has been trained yet.</p>'}
<h2>Freshness${of}</h2>
<p>How old the newest data is that the served model has learned, in event time, by the tier that learned it.</p>
${drawFreshness(spans, endMs)}
${freshnessTable(measureFreshness(spans, endMs), runs)}
${
  bound
    ? `<h2>How long noise or poison can live${of}</h2>
<p>From the start of an event hour until a served model stands without what a tier had learned of it: the hourly one from young labels, until a daily has read the hour again; the daily one, until a full; the full one, until its lookback has passed. The measured life runs from the first flip to the last.</p>
${poisonTable(bound)}`
    : ''
}`
}

/**
 * One self-contained HTML page: no script, no request to anywhere. A pure function of what was
 * found and measured: same findings, same bytes.
 */
export function renderPage(whole: Findings, measured: Measured = {}): string {
  const findings = dropOldHours(whole)
  const range =
    findings.dataFromMs === null
      ? 'no closed hour yet'
      : `${dateOf(findings.dataFromMs)} to ${dateOf(findings.dataThroughMs! - 1)}`
  const quarantined = sumReasons(findings.drops.map((drop) => drop.quarantined))
  const excluded = sumReasons(findings.hours.map((hour) => hour.excluded))
  const scenes = findings.scenes.map(escapeHtml).join(', ')
  const { stages = {}, fresh = null } = measured
  const isCut = findings.versions.length < whole.versions.length
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Quartermaster: ${scenes}</title><style>${STYLE}</style></head><body>
<h1>Quartermaster: ${scenes}</h1>
<p class="quiet">Event time ${range}.${isCut ? ` Of the hourly tier the page shows the last ${HOURLY_LOOKBACK_DAYS} days.` : ''}</p>
${tiles(whole)}
${findings.scenes.map((scene) => sceneSections(findings, scene, measured)).join('\n')}
<h2>Turned down</h2>
${turnedDownTable(findings.releases)}
<h2>Decisions, in order</h2>
${decisionList(findings.releases)}
<h2>Versions</h2>
<p class="quiet">Scores are on the first interval after the version's own data; – where none has come, or the metric is undefined.</p>
${versionTable(findings.versions)}
<h2>Accounts</h2>
<p>Every accepted event of every closed hour: kept, a duplicate, or excluded by a rule that has a name.</p>
${drawClosedDays(findings.hours)}
<h2>Set aside at intake</h2>
${drawReasons(quarantined, 'records in quarantine')}
${notKeptNote(findings.drops)}
<h2>Excluded by rule at closing</h2>
${drawReasons(excluded, 'events excluded')}
${fresh ? `<h2>What freshness pays</h2>${drawFresh(fresh)}` : ''}
${Object.keys(stages).length > 0 ? `<h2>What the stages used</h2>${stageTable(stages)}` : ''}
</body></html>
`
}
