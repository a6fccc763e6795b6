import { sumReasons } from '../closing/drop-sums.ts'
import { escapeHtml, STYLE } from './document.ts'
import type { Findings } from './findings.ts'
import { formatDay, formatNumber } from './format.ts'
import { drawFreshness, freshnessTable, measureFreshness } from './freshness.ts'
import { checkHealth, drawHealth } from './health.ts'
import { drawLineage } from './lineage.ts'
import { contaminationTable } from './poison.ts'
import { drawQuality } from './quality.ts'
import { dropOldHours, HOURLY_LOOKBACK_DAYS } from './recent.ts'
import { drawSections, type Measured } from './sections.ts'
import { servedSpans } from './served.ts'
import { describeRanking } from './versions.ts'

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

/** Quality, lineage and freshness of one scene. */
function sceneSections(findings: Findings, scene: string, { poison, runs = [] }: Measured): string {
  const versions = findings.versions.filter((version) => version.scene === scene)
  const decisions = findings.releases.filter((decision) => decision.scene === scene)
  const spans = servedSpans(versions, decisions)
  const endMs = Math.max(findings.dataThroughMs ?? 0, ...decisions.map(({ timeMs }) => timeMs))
  const ofScene = findings.scenes.length > 1 ? `, ${escapeHtml(scene)}` : ''
  const bound = poison?.[scene]
  const ranking = describeRanking(versions)
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
${contaminationTable(bound)}`
    : ''
}`
}

/**
 * One self-contained HTML page, without scripts or requests. Pure: the same findings and
 * measurements give the same bytes.
 */
export function renderPage(whole: Findings, measured: Measured = {}): string {
  const findings = dropOldHours(whole)
  const range =
    findings.dataFromMs === null
      ? 'has no closed hour yet'
      : `from ${formatDay(findings.dataFromMs)} to ${formatDay(findings.dataThroughMs! - 1)}`
  const scenes = findings.scenes.map(escapeHtml).join(', ')
  const { configurations = [], nowMs = null, deadLetters = 0, failedRuns } = measured
  const violations = Object.values(measured.exactlyOnce ?? {}).flatMap(
    (account) => account?.violations ?? [],
  )
  const health = checkHealth(whole, { configurations, nowMs, deadLetters, failedRuns, violations })
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
${drawSections({ findings, measured })}
</main>
</body></html>
`
}
