import type { Scene } from '../../../functions/contract/scene.ts'
import { DAY_MS, MINUTE_MS } from '../../../functions/contract/time.ts'
import { newestDecisions } from '../../../functions/report/decisions.ts'
import { type Cell, escapeHtml, table } from '../../../functions/report/document.ts'
import { formatDuration, formatInstant, formatNumber } from '../../../functions/report/format.ts'
import { drawGraph } from '../../../functions/report/graph.ts'
import { checkHealth, drawHealth } from '../../../functions/report/health.ts'
import { drawSpace } from '../../../functions/report/spaces.ts'
import type { Look, Shown } from './findings.ts'
import type { Status } from './status.ts'

/** Element id → markup. Text from outside is escaped. */
export type Panels = Record<string, string>

const DECISION_LINES = 25

/** A table, or a sentence if it has no rows. */
const tableOr = (head: readonly string[], rows: readonly Cell[][], empty: string): string =>
  rows.length === 0 ? `<p class="quiet">${escapeHtml(empty)}</p>` : table(head, rows)

function drawTiles(status: Status, shown: Shown | null): string {
  const totals = shown?.totals
  const failures = status.stages.reduce((sum, stage) => sum + stage.failures, 0)
  const number = (value: number | undefined): string =>
    value === undefined ? 'loading' : formatNumber(value)
  const served = shown ? (shown.served?.version ?? 'nothing yet') : 'loading'
  const bad = (count: number): string => (count > 0 ? 'bad' : '')
  const tiles: [value: string, name: string, tone?: string][] = [
    [served, 'served now', 'wide'],
    [number(totals?.drops), 'drops in 7 days'],
    [number(totals?.read), 'records read'],
    [number(totals?.quarantined), 'quarantined'],
    [number(failures), 'failed calls', bad(failures)],
    [number(status.deadLetters), 'dead letters', bad(status.deadLetters)],
    [number(status.underWay.length), 'under way'],
  ]
  return tiles
    .map(
      ([value, name, tone = '']) =>
        `<div class="tile ${tone}"><b>${escapeHtml(value)}</b><span>${name}</span></div>`,
    )
    .join('')
}

/** From a minute to ninety days on a logarithmic scale: ages of the tiers differ a hundredfold. */
const percentOf = (ageMs: number): number =>
  100 *
  Math.min(
    1,
    Math.max(0.01, Math.log(Math.max(1, ageMs / MINUTE_MS)) / Math.log((90 * DAY_MS) / MINUTE_MS)),
  )

function drawBars(rows: Shown['freshness'], nowMs: number): string {
  return rows
    .map(({ what, throughMs, version }) => {
      const ageMs = throughMs === null ? null : Math.max(0, nowMs - throughMs)
      const width = ageMs === null ? 0 : percentOf(ageMs)
      const title = version === null ? '' : ` title="${escapeHtml(version)}"`
      const age = ageMs === null ? 'none yet' : formatDuration(Math.floor(ageMs / 1000) * 1000)
      return `<span>${what}</span><div class="track"${title}><i style="width:${width.toFixed(1)}%"></i></div><span class="age">${age}</span>`
    })
    .join('')
}

const TONES: Record<string, 'good' | 'bad'> = {
  SUCCEEDED: 'good',
  Completed: 'good',
  FAILED: 'bad',
  Failed: 'bad',
}
const toned = (text: string): Cell => ({ text, tone: TONES[text] ?? 'accent' })

function drawStages({ stages }: Status): string {
  return tableOr(
    ['stage', 'invocations', 'failed', 'time inside', 'peak MiB'],
    stages.map(({ stage, invocations, failures, seconds, peakMemoryMiB }) => [
      stage,
      invocations,
      failures > 0 ? { text: failures, tone: 'bad' } : 0,
      formatDuration(1000 * seconds),
      Math.round(peakMemoryMiB),
    ]),
    'No stage has worked yet.',
  )
}

function drawQueues({ queues }: Status): string {
  return tableOr(
    ['queue', 'visible', 'in flight', 'delayed'],
    queues.map(({ name, visible, inFlight, delayed, isDeadLetter }) => {
      const label = isDeadLetter ? `${name} (dead letters)` : name
      const isFilled = isDeadLetter && visible + inFlight > 0
      return [isFilled ? { text: label, tone: 'bad' } : label, visible, inFlight, delayed]
    }),
    'No queue.',
  )
}

export interface Known {
  status: Status
  /** Null until the accounts and the registry have been read once. */
  last: Look | null
  configuration: Scene
}

/** Panels that need no read of the stores. */
export function drawStatusPanels({ status, last, configuration }: Known): Panels {
  const { nowMs, deadLetters } = status
  const health = ({ findings, atMs }: Look): string =>
    drawHealth(
      checkHealth(findings, {
        nowMs: atMs,
        deadLetters,
        violations: [],
        configurations: [configuration],
      }),
    )
  return {
    time: formatInstant(nowMs),
    tiles: drawTiles(status, last?.shown ?? null),
    queues: drawQueues(status),
    stages: drawStages(status),
    executions: tableOr(
      ['began', 'state machine', 'status', 'error'],
      status.executions.map(({ startMs, machine, status: end, error }) => [
        formatInstant(startMs),
        machine,
        toned(end),
        error,
      ]),
      'No execution yet.',
    ),
    jobs: tableOr(
      ['began', 'job', 'status'],
      status.jobs.map(({ createdMs, name, status: end }) => [
        formatInstant(createdMs),
        name,
        toned(end),
      ]),
      'No training job yet.',
    ),
    ...(last ? { health: health(last), freshness: drawBars(last.shown.freshness, nowMs) } : {}),
  }
}

const drawDrops = (drops: Shown['drops']): string =>
  tableOr(
    ['arrived', 'kind', 'name', 'read', 'accepted', 'quarantined'],
    drops.map(({ arrivalMs, kind, name, read, accepted, quarantined, refused }) => {
      const reasons = Object.entries(quarantined)
        .map(([reason, count]) => `${formatNumber(count)} ${reason}`)
        .join(', ')
      const last: Cell = refused ? { text: `refused: ${refused}`, tone: 'bad' } : reasons || null
      return [formatInstant(arrivalMs), kind, name, read, accepted, last]
    }),
    'No drop yet. Put one under raw/<scene>/events/ of the raw bucket.',
  )

/** Panels from the accounts and the registry, with the figures. */
export function drawFindingsPanels({ findings, shown }: Look, configuration: Scene): Panels {
  const figure = (svg: string): string => svg || '<p class="quiet">Nothing to draw yet.</p>'
  return {
    drops: drawDrops(shown.drops),
    decisions: newestDecisions(findings.releases, DECISION_LINES),
    lineage: figure(shown.lineage),
    quality: figure(shown.quality),
    ages: figure(shown.ages),
    days: figure(shown.days),
    spaces: drawSpace(findings.sections['space']?.[configuration.scene], configuration),
    graphs: drawGraph(findings.sections['graph']?.[configuration.scene], configuration),
  }
}
