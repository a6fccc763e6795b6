import { sumReasons } from '../closing/drop-sums.ts'
import type { FreshResult } from '../contract/fresh.ts'
import type { Scene } from '../contract/scene.ts'
import type { RunTimes, StageUsage, Summary } from '../contract/summary.ts'
import type { ObjectStore } from '../core/objects.ts'
import { collectAnswers, drawAnswers } from './assistant.ts'
import { drawClosedDays, drawReasons } from './balances.ts'
import { collectCheats, drawCheats } from './cheats.ts'
import { decisionList, turnedDownList } from './decisions.ts'
import { table } from './document.ts'
import type { Findings } from './findings.ts'
import { formatDuration, formatNumber } from './format.ts'
import { drawFresh } from './fresh.ts'
import { drawGraphs } from './graph.ts'
import { collectGraphs } from './graph-findings.ts'
import { collectParity, drawParity } from './parity.ts'
import type { Poison } from './poison.ts'
import { collectSearches, drawSearches } from './searches.ts'
import { collectSpaces, type SpaceStores } from './space-findings.ts'
import { drawSpaces } from './spaces.ts'
import { versionTable } from './versions.ts'

/**
 * Facts besides the findings: the configuration, the time, and figures that one machine measured.
 */
export interface Measured {
  poison?: Poison
  runs?: readonly RunTimes[]
  stages?: Readonly<Record<string, StageUsage>>
  /** An experiment's result, shown as a section of its own. */
  fresh?: FreshResult | null
  /** Scenes, for the limits in the first lines of the page. */
  configurations?: readonly Scene[]
  /** The present time of a running system. Absent after a replay, whose logs have ended. */
  nowMs?: number
  deadLetters?: number
  failedRuns?: Summary['failedRuns']
  exactlyOnce?: Summary['exactlyOnce']
}

/** What the page is read from. */
export interface ReportStores extends SpaceStores {
  lake: ObjectStore
}

/** The input of a section's `collect`: one scene, from an instant on. */
interface SectionRequest extends ReportStores {
  scene: string
  sinceMs: number
}
/**
 * One section below those of the scenes. A room with something to show adds its own to `SECTIONS`.
 */
export interface Section {
  /** Id of its heading. The first lines of the page link to it. */
  id: string
  title: string
  /** What it needs besides the findings, as JSON. The findings store it by section id and scene. */
  collect?(request: SectionRequest): Promise<unknown>
  /** Markup. If it is empty, the section is left out. */
  draw(page: { findings: Findings; measured: Measured }): string
}

const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0)

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

/** What the online table takes for each event, by the stages that write it. Empty without writes. */
function drawOnlineWrites(
  stages: Readonly<Record<string, StageUsage>>,
  drops: Findings['drops'],
): string {
  const events = sum(drops.map((drop) => drop.events))
  const writes = Object.entries(stages)
    .map(([stage, { dynamodb }]) => [stage, dynamodb.tables['online']?.writeUnits ?? 0] as const)
    .filter(([, units]) => units > 0)
  if (events === 0 || writes.length === 0) return ''
  const each = writes.map(([stage, units]) => `${stage} ${(units / events).toFixed(3)}`)
  const all = sum(writes.map(([, units]) => units)) / events
  return `<p>Write units of the online table for each of ${formatNumber(events)} events: ${all.toFixed(3)} (${each.join(', ')}).</p>`
}

/** How many quarantined records have no copy in quarantine. */
function notKeptNote(drops: Findings['drops']): string {
  const count = sum(
    drops.flatMap(({ notKept = {} }) => Object.values(notKept).map((reason) => reason.count)),
  )
  if (count === 0) return ''
  return `<p class="quiet">${formatNumber(count)} of them are counted and not kept: quarantine keeps a limited number of records for each drop. The drop’s account says where the first of them are in the raw object.</p>`
}

/** In the order of the page. */
export const SECTIONS: readonly Section[] = [
  {
    id: 'turned-down',
    title: 'Turned down',
    draw: ({ findings }) => turnedDownList(findings.releases),
  },
  {
    id: 'decisions',
    title: 'Decisions, in order',
    draw: ({ findings }) => decisionList(findings.releases),
  },
  {
    id: 'versions',
    title: 'Versions',
    draw: ({ findings }) =>
      `<p class="quiet">Scores are on the first interval after the version’s own data. A dash means that no such interval has come, or that the metric is undefined.</p>
${versionTable(findings.versions)}`,
  },
  {
    id: 'accounts',
    title: 'Accounts',
    draw: ({ findings }) =>
      `<p>Every accepted event of every closed hour is kept, a duplicate, or excluded by a named rule.</p>
${drawClosedDays(findings.hours)}`,
  },
  {
    id: 'quarantine',
    title: 'Quarantined at intake',
    draw: ({ findings: { drops } }) =>
      `${drawReasons(sumReasons(drops.map(({ quarantined }) => quarantined)), 'records in quarantine')}
${notKeptNote(drops)}`,
  },
  {
    id: 'excluded',
    title: 'Excluded at closing',
    draw: ({ findings }) =>
      drawReasons(sumReasons(findings.hours.map(({ excluded }) => excluded)), 'events excluded'),
  },
  {
    id: 'cheats',
    title: 'Cheats',
    collect: ({ lake, scene }) => collectCheats(lake, scene),
    draw: ({ findings, measured: { configurations } }) =>
      drawCheats(findings.sections['cheats'] ?? {}, findings, configurations),
  },
  {
    id: 'searches',
    title: 'Searches',
    collect: ({ lake, scene }) => collectSearches(lake, scene),
    draw: ({ findings }) => drawSearches(findings.sections['searches'] ?? {}),
  },
  {
    id: 'space',
    title: 'Space',
    collect: ({ scene, ...stores }) => collectSpaces(stores, scene),
    draw: ({ findings: { sections, scenes }, measured: { configurations } }) =>
      drawSpaces(sections['space'] ?? {}, scenes, configurations),
  },
  {
    id: 'graph',
    title: 'Graph',
    collect: ({ scene, ...stores }) => collectGraphs(stores, scene),
    draw: ({ findings: { sections, scenes }, measured: { configurations } }) =>
      drawGraphs(sections['graph'] ?? {}, scenes, configurations),
  },
  {
    id: 'answers',
    title: 'Answers',
    collect: ({ lake, scene }) => collectAnswers(lake, scene),
    draw: ({ findings, measured: { configurations } }) =>
      drawAnswers(findings.sections['answers'] ?? {}, configurations),
  },
  {
    id: 'parity',
    title: 'Served values beside those of samples',
    collect: ({ lake, scene, sinceMs }) => collectParity(lake, scene, sinceMs),
    draw: ({ findings }) => drawParity(findings.sections['parity'] ?? {}),
  },
  {
    id: 'fresh',
    title: 'What freshness pays',
    draw: ({ measured: { fresh } }) => (fresh ? drawFresh(fresh) : ''),
  },
  {
    id: 'stages',
    title: 'What the stages used',
    draw: ({ findings: { drops }, measured: { stages = {} } }) =>
      Object.keys(stages).length > 0
        ? `${stageTable(stages)}\n${drawOnlineWrites(stages, drops)}`
        : '',
  },
]

export const drawSections = (page: Parameters<Section['draw']>[0]): string =>
  SECTIONS.map(({ id, title, draw }) => {
    const drawn = draw(page)
    return drawn === '' ? '' : `<h2 id="${id}">${title}</h2>\n${drawn}`
  }).join('\n')
