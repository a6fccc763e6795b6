import { sumReasons } from '../closing/drop-sums.ts'
import type { FreshResult } from '../contract/fresh.ts'
import type { Scene } from '../contract/scene.ts'
import type { RunTimes, StageUsage, Summary } from '../contract/summary.ts'
import { drawClosedDays, drawReasons } from './balances.ts'
import type { Findings } from './collect.ts'
import { decisionList, turnedDownList } from './decisions.ts'
import { escapeHtml, STYLE, table } from './document.ts'
import { formatDay, formatDuration, formatNumber } from './format.ts'
import { drawFresh } from './fresh.ts'
import { drawFreshness, freshnessTable, measureFreshness } from './freshness.ts'
import { checkHealth, drawHealth } from './health.ts'
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
      return [
        current ? current.version : 'none',
        findings.scenes.length > 1 ? `served, ${scene}` : 'served now',
      ]
    }),
    [formatNumber(findings.drops.length), 'drops'],
    [formatNumber(read), 'records read'],
    [formatNumber(sum(Object.values(quarantined))), 'records quarantined'],
    [formatNumber(sum(findings.hours.map((hour) => hour.kept))), 'events kept'],
    [formatNumber(findings.versions.length), 'model versions'],
    [formatNumber(findings.releases.filter(({ kind }) => kind === 'flip').length), 'releases'],
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
      'time inside',
      'peak MiB',
      'S3 requests',
      'S3 MB out',
      'DynamoDB requests',
    ],
    Object.entries(stages).map(([stage, usage]) => [
      stage,
      usage.invocations,
      usage.failures,
      formatDuration(1000 * usage.seconds),
      Math.round(usage.peakMemoryMiB),
      usage.s3.requests,
      Math.round(usage.s3.bytesOut / 1e6),
      usage.dynamodb.requests,
    ]),
  )

/** How many quarantined records have no copy in quarantine. */
function notKeptNote(drops: Findings['drops']): string {
  const count = sum(
    drops.flatMap(({ notKept = {} }) => Object.values(notKept).map((reason) => reason.count)),
  )
  if (count === 0) return ''
  return `<p class="quiet">${formatNumber(count)} of them are counted and not kept: quarantine keeps a limited number of records for each drop. The drop’s account says where the first of them are in the raw object.</p>`
}

/** What is known besides the findings: configuration, the time, and what one machine measured. */
export interface Measured {
  poison?: Poison
  runs?: readonly RunTimes[]
  stages?: Readonly<Record<string, StageUsage>>
  /** An experiment's result, shown as a section of its own. */
  fresh?: FreshResult | null
  /** Scenes, for the limits that the first lines hold the findings to. */
  configurations?: readonly Scene[]
  /** When a running system is looked at; absent after a replay, whose logs have ended. */
  nowMs?: number
  deadLetters?: number
  exactlyOnce?: Summary['exactlyOnce']
}

/** Quality, lineage and freshness of one scene. */
function sceneSections(findings: Findings, scene: string, { poison, runs = [] }: Measured): string {
  const versions = findings.versions.filter((version) => version.scene === scene)
  const decisions = findings.releases.filter((decision) => decision.scene === scene)
  const spans = servedSpans(versions, decisions)
  const endMs = Math.max(findings.dataThroughMs ?? 0, ...decisions.map(({ timeMs }) => timeMs))
  const ofScene = findings.scenes.length > 1 ? `, ${escapeHtml(scene)}` : ''
  const bound = poison?.[scene]
  const ranking = sayRanking(versions)
  return `<h2>Quality over time${ofScene}</h2>
<p>Each point scores a model on the interval after its data, before anything was trained on that interval. The dashed line is a model that knows nothing (normalized entropy 1, AUC 0.5), or perfect calibration. A dotted upright line is a rollback. Chain and base are compared on the same rows.</p>
${drawQuality(versions, decisions)}
${ranking ? `<p>Ranking: ${escapeHtml(ranking)}.</p>` : ''}
<h2${scene === findings.scenes[0] ? ' id="lineage"' : ''}>Lineage${ofScene}</h2>
<p>One row for each full or daily version: its data, then the hours of the chain grown on it. The black line beneath shows when it was served to all. It steps down where the next base took over. Point at a cell for its numbers.</p>
${versions.length > 0 ? drawLineage(versions, decisions) : '<p class="quiet">No version has been trained yet.</p>'}
<h2>Freshness${ofScene}</h2>
<p>The age of the newest data that the served model has learned, in event time, by the tier that learned it.</p>
${drawFreshness(spans, endMs)}
${freshnessTable(measureFreshness(spans, endMs), runs)}
${
  bound
    ? `<h2>Contamination bound${ofScene}</h2>
<p>How long noise or poison from one event hour can stay in the served model. What the hourly tier learned stays until a daily reads the hour again, what a daily learned until the next full, and what a full learned until its lookback has passed. The bound is stated from the configuration; the time is measured from the first flip to the last.</p>
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
      ? 'has no closed hour yet'
      : `from ${formatDay(findings.dataFromMs)} to ${formatDay(findings.dataThroughMs! - 1)}`
  const quarantined = sumReasons(findings.drops.map((drop) => drop.quarantined))
  const excluded = sumReasons(findings.hours.map((hour) => hour.excluded))
  const scenes = findings.scenes.map(escapeHtml).join(', ')
  const { stages = {}, fresh = null, configurations = [], nowMs = null, deadLetters = 0 } = measured
  const violations = Object.values(measured.exactlyOnce ?? {}).flatMap(
    (account) => account?.violations ?? [],
  )
  const health = checkHealth(whole, { configurations, nowMs, deadLetters, violations })
  const isCut = findings.versions.length < whole.versions.length
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Quartermaster: ${scenes}</title><style>${STYLE}</style></head><body>
<main>
<h1>Quartermaster: ${scenes}</h1>
<p class="quiet">Event time ${range}.${isCut ? ` Of the hourly tier the page shows the last ${HOURLY_LOOKBACK_DAYS} days.` : ''}</p>
${drawHealth(health)}
${tiles(whole)}
${findings.scenes.map((scene) => sceneSections(findings, scene, measured)).join('\n')}
<h2 id="turned-down">Turned down</h2>
${turnedDownList(findings.releases)}
<h2 id="decisions">Decisions, in order</h2>
${decisionList(findings.releases)}
<h2>Versions</h2>
<p class="quiet">Scores are on the first interval after the version’s own data. A dash means that no such interval has come, or that the metric is undefined.</p>
${versionTable(findings.versions)}
<h2>Accounts</h2>
<p>Every accepted event of every closed hour is kept, a duplicate, or excluded by a named rule.</p>
${drawClosedDays(findings.hours)}
<h2 id="quarantine">Quarantined at intake</h2>
${drawReasons(quarantined, 'records in quarantine')}
${notKeptNote(findings.drops)}
<h2>Excluded at closing</h2>
${drawReasons(excluded, 'events excluded')}
${fresh ? `<h2>What freshness pays</h2>${drawFresh(fresh)}` : ''}
${Object.keys(stages).length > 0 ? `<h2 id="stages">What the stages used</h2>${stageTable(stages)}` : ''}
</main>
</body></html>
`
}
