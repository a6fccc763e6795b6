import type { FreshResult } from '../contract/fresh.ts'
import type { StageUsage } from '../contract/summary.ts'
import { dateOf, isoSeconds } from '../contract/time.ts'
import { drawClosedDays, drawReasons, sumReasons } from './balances.ts'
import type { Findings } from './collect.ts'
import { escapeHtml, formatNumber, STYLE, table } from './document.ts'
import { drawFresh } from './fresh.ts'
import { drawLineage } from './lineage.ts'
import { drawQuality } from './quality.ts'

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

const decisionTable = (findings: Findings): string =>
  table(
    ['time', 'tier', 'decision', 'version', 'why'],
    [...findings.releases]
      .reverse()
      .map(({ timeMs, tier, kind, version, reason }) => [
        isoSeconds(timeMs),
        tier,
        kind,
        version,
        reason,
      ]),
  )

const versionTable = (findings: Findings): string =>
  table(
    [
      'version',
      'parent',
      'data from',
      'through',
      'rows',
      'AUC',
      'norm. entropy',
      'log loss',
      'calibration',
      'status',
    ],
    [...findings.versions].reverse().map((version) => {
      const next = version.nextInterval[0]?.scores
      return [
        version.version,
        version.parent,
        dateOf(version.dataFromMs),
        dateOf(version.dataThroughMs),
        version.rows,
        next?.auc ?? null,
        next?.normalizedEntropy ?? null,
        next?.logLoss ?? null,
        next?.calibrationRatio ?? null,
        version.status,
      ]
    }),
  )

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

/**
 * One self-contained HTML page: no script, no request to anywhere. A pure function of what was
 * found: same findings, same bytes. `stages` is known only where one machine ran them all;
 * `fresh` is an experiment's result to show beside them.
 */
export function renderPage(
  findings: Findings,
  stages: Readonly<Record<string, StageUsage>> = {},
  fresh: FreshResult | null = null,
): string {
  const range =
    findings.dataFromMs === null
      ? 'no closed hour yet'
      : `${dateOf(findings.dataFromMs)} to ${dateOf(findings.dataThroughMs! - 1)}`
  const quarantined = sumReasons(findings.drops.map((drop) => drop.quarantined))
  const excluded = sumReasons(findings.hours.map((hour) => hour.excluded))
  const scenes = findings.scenes.map(escapeHtml).join(', ')
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Quartermaster: ${scenes}</title><style>${STYLE}</style></head><body>
<h1>Quartermaster: ${scenes}</h1>
<p class="quiet">Event time ${range}.</p>
${tiles(findings)}
<h2>Quality over time</h2>
<p>Each point is a model on the interval that followed its data, scored before anything was trained on that interval. The dashed line is a model that knows nothing (normalized entropy 1, AUC 0.5), or perfect calibration.</p>
${drawQuality(findings.versions)}
<h2>Lineage</h2>
<p>Each bar is the data that one version was trained on; an arrow leads from its parent; the dot at its end says what the gates decided. Point at a bar for its numbers.</p>
${findings.versions.length > 0 ? drawLineage(findings.versions) : '<p class="quiet">No version has been trained yet.</p>'}
<h2>Accounts</h2>
<p>Every accepted event of every closed hour: kept, a duplicate, or excluded by a rule that has a name.</p>
${drawClosedDays(findings.hours)}
<h2>Set aside at intake</h2>
${drawReasons(quarantined, 'records in quarantine')}
<h2>Excluded by rule at closing</h2>
${drawReasons(excluded, 'events excluded')}
${fresh ? `<h2>What freshness pays</h2>${drawFresh(fresh)}` : ''}
<h2>Releases and refusals</h2>
${decisionTable(findings)}
<h2>Versions</h2>
<p class="quiet">Scores are on the first interval after the version's own data; – where none has come, or the metric is undefined.</p>
${versionTable(findings)}
${Object.keys(stages).length > 0 ? `<h2>What the stages used</h2>${stageTable(stages)}` : ''}
</body></html>
`
}
